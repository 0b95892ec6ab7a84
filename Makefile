# Every target first does what is missing: npm packages, toolchain, control plane.
#   STACK=dev|staging|prod|local   which stack (local)
#   CHARTS=<folder or URL>         chart mirror of this run
#   UNPROTECT=1                    destroy what is protected, too
#   FILES="<paths and options>"     judge these manifests, not a stack (make policy)
#   FORMAT=text|json|sarif|junit   of the report (make policy)
#   OUTPUT=json                    one JSON object on standard output instead of the human view

SHELL := /bin/sh
.DEFAULT_GOAL := help
STACK_COMMANDS := up preview refresh destroy status charts bench kubeconfig plane policy report
export STACK CHARTS OUTPUT UNPROTECT FORMAT
# For what fails before the command itself can run.
export COMMAND := $(firstword $(MAKECMDGOALS))

NODE_MODULES := node_modules/.package-lock.json
RUN := node --require ./policy/typescript.js sandbox/cli.ts
JUDGE := node --require ./policy/typescript.js policy/cli/main.ts

.PHONY: help $(STACK_COMMANDS) down clean doctor test soak lint format record generate node

help: ## this list
ifeq ($(OUTPUT),json)
	@awk -F ':.*## ' 'BEGIN {printf "{\"command\":\"help\",\"stack\":null,\"result\":\"succeeded\",\"changes\":{\"same\":0,\"create\":0,\"update\":0,\"replace\":0,\"delete\":0},\"durationSeconds\":0,\"components\":[],\"error\":null,\"targets\":{"} \
	  /^[a-z|-]+:.*## / {printf "%s\"%s\":\"%s\"", sep, $$1, $$2; sep = ","} END {print "}}"}' $(MAKEFILE_LIST)
else
	@awk -F ':.*## ' '/^[a-z|-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  STACK=dev|staging|prod|local (local)   CHARTS=<folder or URL of a chart mirror>   OUTPUT=json"
	@echo '  make policy: FILES="<paths and options>", FORMAT=text|json|sarif|junit'
endif

up: $(NODE_MODULES) ## bring a whole stack up on its embedded control plane; again: changes nothing
	@$(RUN) up
preview: $(NODE_MODULES) ## what `up` would change
	@$(RUN) preview
refresh: $(NODE_MODULES) ## read the live objects into the state: shows drift
	@$(RUN) refresh
destroy: $(NODE_MODULES) ## take a stack down
	@$(RUN) destroy
down: $(NODE_MODULES) ## stop the control planes (or STACK's), keep their state
	@$(RUN) down
clean: $(NODE_MODULES) ## stop them and delete their state; the toolchain cache stays
	@$(RUN) clean
status: $(NODE_MODULES) ## planes, stacks, last results
	@$(RUN) status
plane: $(NODE_MODULES) ## start a stack's control plane, and nothing on it
	@$(RUN) plane
kubeconfig: $(NODE_MODULES) ## path of the embedded plane's kubeconfig
	@$(RUN) kubeconfig
charts: $(NODE_MODULES) ## fetch every chart archive, check it against charts.lock.json; record what it lacks
	@$(RUN) charts
policy: $(NODE_MODULES) ## judge a whole STACK without a cluster, or the manifests of FILES
	@$(if $(FILES),$(JUDGE) $(if $(FORMAT)$(OUTPUT),--format $(or $(FORMAT),$(OUTPUT))) $(FILES),$(RUN) policy)
report: $(NODE_MODULES) ## judge a stack without a cluster: one HTML page and its JSON
	@$(RUN) report
doctor: $(NODE_MODULES) ## what is missing on this machine, and how to get it
	@$(RUN) doctor
bench: $(NODE_MODULES) ## measure: plane, up, second up, preview, destroy, against sequential Helm
	@$(RUN) bench
test: $(NODE_MODULES) ## every test: lint, types, unit, construction, policy, sandbox
	@node --require ./policy/typescript.js test/run.ts
soak: $(NODE_MODULES) ## kill `up` at twenty moments on every stack, and bring it up again (takes an hour)
	@SOAK=1 node --require ./policy/typescript.js test/run.ts test/promises/kills
lint: $(NODE_MODULES) ## lint, format and types only
	@npx --no-install tsc --noEmit && npx --no-install eslint . && npx --no-install prettier --check --log-level warn .
format: $(NODE_MODULES) ## format every file
	@npx --no-install prettier --write --log-level warn . && npx --no-install eslint --fix .
record: $(NODE_MODULES) ## for maintainers: record and check all digests of charts and releases, from their publishers only
	@$(RUN) record
generate: $(NODE_MODULES) ## write what is generated: settings schema, pages of settings and controls
	@npm run --silent generate

# npm reports on standard error, so that OUTPUT=json stays the only thing on standard output.
$(NODE_MODULES): package-lock.json policy/package.json | node
	@sh sandbox/install.sh packages && touch $@
node:
	@sh sandbox/install.sh node
