import { createError } from '@fastify/error'
import { authorisationErrors } from './authorisation/errors.ts'
import { enrolmentErrors } from './enrolment/errors.ts'
import { nightErrors } from './night/errors.ts'
import { planErrors } from './plan-errors.ts'
import { rosterErrors } from './roster/errors.ts'

/** Every error of the joint computation. Texts name parties, phases and rules; never a value of a vector, a key or a row. */
export const federationErrors = {
  ...authorisationErrors,
  ...enrolmentErrors,
  ...planErrors,
  ...rosterErrors,
  ...nightErrors,
  EnvelopeRefused: createError(
    'YX_FEDERATION_ENVELOPE_REFUSED',
    'An envelope from %s was refused: %s. Rule: signed by its sender, sealed to its receiver, in order, of this consortium and version. Mend: compare member list and version with the sender.',
    400,
  ),
  MessageMalformed: createError(
    'YX_FEDERATION_MESSAGE_MALFORMED',
    'A message "%s" from %s does not fit its schema (%s). Mend: both parties must run the same version of Yinxin.',
    400,
  ),
  /** What leaves the house of any message that no parser accepted: one text, so that a sender cannot probe them. */
  MessageRefused: createError(
    'YX_FEDERATION_MESSAGE_REFUSED',
    'A message was refused before anything was done with it. Rule: signed, sealed, in order, of the form of its step, vectors and ciphertexts well-formed. Mend: both parties must run the same version of Yinxin with the same member list; the log of the party that refused it says more.',
    400,
  ),
  MessageUnexpected: createError(
    'YX_FEDERATION_MESSAGE_UNEXPECTED',
    'A message "%s" from %s arrived where it has no place (%s). Rule: each step happens once, in the order of the plan. Mend: start a new run.',
    409,
  ),
  MessageReplayed: createError(
    'YX_FEDERATION_MESSAGE_REPLAYED',
    'A message "%s" from %s came again (number %s of its stream) and was not handled a second time. Rule: each message of a stream is handled once. Mend: none is needed after a restart or a broken connection; otherwise look who sends recorded messages.',
    409,
  ),
  MessageReordered: createError(
    'YX_FEDERATION_MESSAGE_REORDERED',
    'A message "%s" from %s is number %s; it was not handled. Rule: without gaps, in order. Mend: the sender sends what is missing again when the relay or one of both is started again; if nothing was restarted, audit the platform.',
    409,
  ),
  MessageEquivocated: createError(
    'YX_FEDERATION_MESSAGE_EQUIVOCATED',
    'A message "%s" from %s contradicts what it sent before as number %s of its stream. Rule: a sender says one thing, also after a restart. Mend: audit that party; if its disk was replaced by an older copy, start a new run.',
    409,
  ),
  PeerRolledBack: createError(
    'YX_FEDERATION_PEER_ROLLED_BACK',
    '%s speaks as process number %s of its life, after number %s was here. Rule: a node never goes back to an older copy of its state folder, and runs once. Mend: stop the second process; if the folder was restored from a backup, rotate the keys of that node.',
    409,
  ),
  RunOver: createError(
    'YX_FEDERATION_RUN_OVER',
    'The platform has ended run %s, and this node had it open still: it was away when the others were told. Rule: a run that the platform ended is gone on with by nobody. Mend: none is needed.',
    409,
  ),
  RunDiverged: createError(
    'YX_FEDERATION_RUN_DIVERGED',
    '%s would send another "%s" to %s than before it was restarted. Rule: a run goes on with the same data, settings and version that it began with; masks are used once. Mend: put the data back as they were, or give the run up and start a new one.',
    409,
  ),
  JournalUnwritable: createError(
    'YX_FEDERATION_JOURNAL_UNWRITABLE',
    'The journal of run %s could not be written (%s), so nothing was sent. The run stays resumable. Mend: free space or rights on the disk of this node, then start it again.',
    507,
  ),
  UnknownMember: createError(
    'YX_FEDERATION_UNKNOWN_MEMBER',
    '"%s" is not in the member list of this consortium. Mend: enrol the party, or correct its name in the configuration.',
    400,
  ),
  RosterDiffers: createError(
    'YX_FEDERATION_ROSTER_DIFFERS',
    "The roster of %s differs from the platform's (%s rows against %s). Rule: all parties use the same public roster. Mend: distribute the roster file again.",
    409,
  ),
  TooFewProviders: createError(
    'YX_FEDERATION_TOO_FEW_PROVIDERS',
    "The run has %s providers. Rule: at least %s, because with fewer a party could subtract its own part and see another's. Mend: add providers, or pass --allow-two for a benchmark.",
    400,
  ),
  OneClass: createError(
    'YX_FEDERATION_ONE_CLASS',
    'The label snapshot holds about %s labelled firms and %s defaults in the training folds. Rule: both outcomes must be there. Mend: add label holders or widen the observation window.',
    400,
  ),
  LabelsImplausible: createError(
    'YX_FEDERATION_LABELS_IMPLAUSIBLE',
    'The label shares were refused: %s. Rule: a label holder marks each firm at most once, with 0 or 1. Mend: find the label holder whose snapshot is damaged.',
    422,
  ),
  PlanLimit: createError(
    'YX_FEDERATION_PLAN_LIMIT',
    'The run plan was refused: %s. Rule: %s. Mend: fewer rounds or bins, more labelled firms, or --override-limits for a benchmark (the report repeats it).',
    422,
  ),
  PlanRefused: createError(
    'YX_FEDERATION_PLAN_REFUSED',
    "%s refused the run plan: %s. Mend: agree on a plan that every party's own rules allow.",
    409,
  ),
  Clipping: createError(
    'YX_FEDERATION_CLIPPING',
    '%s had to clip more than 1 %% of its rows in round %s. Rule: a total stays within eight logits. Mend: more ridge, or fewer bins.',
    422,
  ),
  QueriesDiffer: createError(
    'YX_FEDERATION_QUERIES_DIFFER',
    'The providers of key group %s did not all receive the same encrypted query in %s. Rule: one query per group and round. Mend: audit the platform and the key holder.',
    409,
  ),
  SecondAnswer: createError(
    'YX_FEDERATION_SECOND_ANSWER',
    '%s sent a second answer for %s. Rule: one answer per key and range of columns. Mend: audit that party; a new attempt needs a new key.',
    409,
  ),
  SecondSet: createError(
    'YX_FEDERATION_SECOND_SET',
    'The platform asked to open %s for a second time or for another set. Rule: one set per opening. Mend: audit the platform.',
    409,
  ),
  PartyFailed: createError('YX_FEDERATION_PARTY_FAILED', '%s stopped the run: %s', 502),
  PartyLost: createError(
    'YX_FEDERATION_PARTY_LOST',
    "%s stopped answering during %s. The run is stopped and can be resumed; the last good snapshot stays. Mend: look at that party's log, start it again, then resume the run.",
    504,
  ),
  EvaluationSpent: createError(
    'YX_FEDERATION_EVALUATION_SPENT',
    'A run may spend %s evaluations, this would be one more. Mend: plan a new run; each evaluation costs privacy.',
    409,
  ),
  ChallengeFailed: createError(
    'YX_FEDERATION_CHALLENGE_FAILED',
    '%s did not answer the hidden challenge at exchange %s from the columns of its earlier answers. Rule: the committed columns answer every query. Mend: let an auditor replay this run at that provider.',
    422,
  ),
  RunRecorded: createError(
    'YX_FEDERATION_RUN_RECORDED',
    'There is a journal of run %s already. Rule: a run id is used once, because masks are drawn under it. Mend: start a new run; its id is new.',
    409,
  ),
  RunUnrecorded: createError(
    'YX_FEDERATION_RUN_UNRECORDED',
    'There is no usable record of run %s here. Rule: a node keeps its last runs only, as many as its configuration says. Mend: name a run of this node that is kept.',
    404,
  ),
  ColumnHeld: createError(
    'YX_FEDERATION_COLUMN_HELD',
    'Run %s is held at this node, and nobody was told. Columns of which each alone tells the outcome almost perfectly (AUC above 0.9): %s. Rule: such a column is used only after its provider approved it by name. Mend: find out whether it holds the outcome itself, or was written after it; name it in "policy.scorecard.approvedColumns" or take it out of the data, and start the node again.',
    409,
  ),
  HoldingsChanged: createError(
    'YX_FEDERATION_HOLDINGS_CHANGED',
    'The data of %s are not those that run %s began with: %s. Rule: a run is about one roster and one set of data, from its opening to its end. Mend: put the former data back and start the node again, or start a new run.',
    409,
  ),
  TranscriptRefused: createError(
    'YX_FEDERATION_TRANSCRIPT_REFUSED',
    'A transcript was refused: %s. Rule: as a server of this consortium exported it, unchanged. Mend: let the server export it again.',
    400,
  ),
  ReplayDiffers: createError(
    'YX_FEDERATION_REPLAY_DIFFERS',
    '%s did not send what its columns and its secret of run %s give. First difference: %s. Mend: keep the journal and data of that run for the auditor of the consortium.',
    422,
  ),
  BudgetExhausted: createError(
    'YX_FEDERATION_BUDGET_EXHAUSTED',
    "Ledger entry %s was refused: on label snapshot %s it would make epsilon %s. Rule: a budget over all runs of a label holder's period, whatever its snapshots. Mend: wait for the labels of a new period, plan fewer rounds or more noise, or have the providers audited.",
    403,
  ),
  LabelPeriodRefused: createError(
    'YX_FEDERATION_LABEL_PERIOD_REFUSED',
    'The label period of %s (%s) was refused: %s. Rule: the privacy budget is held for a label period; one follows another, begins on a day that has come, and only so many begin in a year. Mend: the label holder sets "labelPeriod" back to the period that it last used.',
    403,
  ),
  FineBinsSpent: createError(
    'YX_FEDERATION_FINE_BINS_SPENT',
    'The fine bins of %s were opened before for label snapshot %s. Rule: once a provider and snapshot. Mend: the provider uses the counts that it kept.',
    409,
  ),
  LedgerForked: createError(
    'YX_FEDERATION_LEDGER_FORKED',
    'The ledgers of platform and key holder differ at entry %s or before. Rule: both hold the same chain, or one the beginning of it. Mend: compare both with "yinxin ledger", find out which one was changed, and restore it from the other.',
    409,
  ),
  LedgerTampered: createError(
    'YX_FEDERATION_LEDGER_TAMPERED',
    "Entry %s of the ledger does not follow from the one before it. Rule: a chain of hashes from the first entry on. Mend: replace the file by the other server's; do not delete it.",
    500,
  ),
  LedgerSetBack: createError(
    'YX_FEDERATION_LEDGER_SET_BACK',
    'The ledger of %s has %s entries, and run %s had charged more when it was left. Rule: a run goes on only with all that it spent in the ledger. Mend: none for this run, which is given up; start a new one, which takes over from the other server what is missing.',
    409,
  ),
  LedgerBehind: createError(
    'YX_FEDERATION_LEDGER_BEHIND',
    'The servers show a ledger of %s entries that does not contain the one of %s entries shown before. Rule: spending is never forgotten. Mend: both servers lost entries; restore the ledger of one of them.',
    409,
  ),
  LedgerUnwritable: createError(
    'YX_FEDERATION_LEDGER_UNWRITABLE',
    'Ledger entry %s could not be stored (%s), so nothing was released. Mend: free space or rights on the disk of that server, then start a new run.',
    507,
  ),
}
