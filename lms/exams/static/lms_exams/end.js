// After the end of a sitting: what this device still holds unsent goes to the invigilator, then the paper leaves it.
import { unsentEntries, uploadBranch } from "./branch.js";
import { openJournal } from "./journal.js";

const { sitting: number, branch, key } = document.querySelector("[data-sitting-over]").dataset;
const sitting = Number(number);
const journal = await openJournal(sitting, key);

for (const record of (await journal?.read()) ?? []) {
  const entries = unsentEntries(record);
  const { epoch, token } = record;
  if (entries.length && !token) continue;
  if (!entries.length || (await uploadBranch(branch, token, { sitting, epoch, entries }))) await journal.drop(epoch);
}
await journal?.forget();
document.documentElement.dataset.sittingOver = "1";
