// The Kubernetes resource provider, built from its publisher's own module. The build copies the
// module's schema and mapping beside this file, as the publisher's build does.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

var (
	//go:embed schema.json
	schema []byte
	//go:embed terraform-mapping.json
	mapping []byte
	// version is set by the linker.
	version string
)

func main() {
	provider.Serve("kubernetes", version, schema, mapping)
}
