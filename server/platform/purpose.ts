/** What the runs of this platform are for; plans and authorisation lists name it letter by letter. */
export const PURPOSE = 'joint scorecard for lending to small firms'
