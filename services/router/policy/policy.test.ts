import { policyNames } from "#shared/model/policy-name.ts";
import { policyCases } from "./policy.cases.ts";
import { policyNamed } from "./policy-named.ts";

for (const name of policyNames) policyCases(name, () => policyNamed(name));
