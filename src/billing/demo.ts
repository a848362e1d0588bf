/** Generations of `trunkline demo` are those of keys in this workspace: marked in every statistic, and removed by one command. */
export const DEMO_WORKSPACE = '00000000-0000-4000-8000-00000000de30';
