/** The Kubernetes minor version that charts are rendered for where a stack names none. */
export const DEFAULT_KUBERNETES_VERSION = '1.36';
