/**
 * All experiments, in the order of the paper, then our own.
 *
 * Always holds: names are unique, aliases too.
 */
import type { Experiment } from './experiment.ts';
import { figure6 } from './experiments/figure-6.ts';
import { figures7to10 } from './experiments/figures-7-10.ts';
import { figure14, figure15, figure16, figures11to13 } from './experiments/figures-11-16.ts';
import { ownA } from './experiments/own-a.ts';
import { ownB } from './experiments/own-b.ts';
import { ownC } from './experiments/own-c.ts';
import { ownD, ownE } from './experiments/own-d-e.ts';
import { section5g } from './experiments/section-5g.ts';
import { table1 } from './experiments/table-1.ts';
import { table2 } from './experiments/table-2.ts';
import { table3 } from './experiments/table-3.ts';
import { table4, table5 } from './experiments/tables-4-5.ts';
import { table8 } from './experiments/table-8.ts';
import { table6, table7 } from './experiments/tables-6-7.ts';

export const EXPERIMENTS: readonly Experiment[] = [
  table1,
  figure6,
  ...figures7to10,
  table2,
  figures11to13,
  figure14,
  figure15,
  figure16,
  table3,
  table4,
  table5,
  section5g,
  table6,
  table7,
  table8,
  ownA,
  ownB,
  ownC,
  ownD,
  ownE,
];
