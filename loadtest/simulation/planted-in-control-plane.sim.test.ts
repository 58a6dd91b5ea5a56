import { plantedCases } from "./planted.cases.ts";
import { plantedInControlPlane } from "./planted-bugs.ts";

plantedCases(plantedInControlPlane);
