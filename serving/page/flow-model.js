import { EDGES, KIND_OF, SLOTS } from './flow-layout.js';
import { sortFindings } from './findings.js';

/**
 * What stands in the flow's places: of a story's chains the one that cut the snapshot, and one of those that restore from it. Pure.
 * @param {object} graph answer of api/v1/chain, or null: nothing is known yet
 * @param {number} [which] of the restores; by default the last
 */
export function flowModel(graph, which) {
  const chains = graph?.chains ?? [];
  const backup = chains.find((chain) => chain.type === 'backup');
  const restores = chains.filter((chain) => chain.type === 'restore');
  const index = Math.min(which ?? restores.length - 1, restores.length - 1);
  const restore = restores[index];
  const slots = {};
  for (const slot of SLOTS) slots[slot] = { slot, kind: KIND_OF[slot.split('.').pop()], node: null, finding: null };
  const place = (slot, node) => {
    if (node && !slots[slot].node) slots[slot].node = node;
  };
  for (const node of graph?.nodes ?? []) {
    if (node.role === 'handle') place('handle', node);
    else if (node.chain === backup?.chain) place(`backup.${node.role}`, node);
    else if (node.chain === restore?.chain) place(`restore.${node.role}`, node);
  }
  for (const row of sortFindings(graph?.findings ?? [])) {
    const slot = Object.values(slots).find((one) => one.node?.id === row.uid);
    if (slot && !slot.finding) slot.finding = row;
  }
  const lit = new Map((graph?.edges ?? []).map((edge) => [`${edge.from} ${edge.to}`, edge]));
  const edges = EDGES.map(([from, to, step]) => {
    const known = lit.get(`${slots[from].node?.id} ${slots[to].node?.id}`);
    return { from, to, step, lit: known?.lit ?? false, at: known?.at ?? null };
  });
  return { slots, edges, backup, restore, restores, index };
}

/** Whether there is something in that place: an object that was seen, a handle that is known. */
export const isThere = (node) => Boolean(node && (node.state || ((node.role === 'handle' || node.role === 'volume') && node.name)));
