/* The front ends of all widgets: one module, which a page has once. A widget says by name which of them draws it. */

import { renderAttackLab } from "./attack_lab.js";
import { renderBench } from "./bench.js";
import { renderClinic } from "./clinic.js";
import { renderExercise } from "./exercise.js";
import { renderFlowChooser } from "./flow_chooser.js";
import { renderPlayer } from "./player.js";
import { renderPrediction } from "./prediction.js";
import { renderQuiz } from "./quiz.js";
import { renderSearch } from "./search.js";
import { renderWatching } from "./watching.js";

export default {
  attack_lab: renderAttackLab,
  bench: renderBench,
  clinic: renderClinic,
  exercise: renderExercise,
  flow_chooser: renderFlowChooser,
  player: renderPlayer,
  prediction: renderPrediction,
  quiz: renderQuiz,
  search: renderSearch,
  watching: renderWatching,
};
