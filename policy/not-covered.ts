/** Rows of the proposed catalogue that no control holds, each with the reason. */
export const NOT_COVERED: Readonly<Record<string, string>> = {
  'SA-06':
    'Whether an object changes its ServiceAccount shows only in an admission request that has the old object beside ' +
    'the new one; a preview has the new one, and Kubernetes itself refuses the change in a Pod.',
  'SEC-05':
    'Whether a value is a Pulumi secret is not told to a policy, which sees plain text either way; the provider ' +
    'itself marks data and stringData of every Secret as secret.',
};
