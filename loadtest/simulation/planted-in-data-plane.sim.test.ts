import { plantedCases } from "./planted.cases.ts";
import { plantedInDataPlane } from "./planted-bugs.ts";

plantedCases(plantedInDataPlane);
