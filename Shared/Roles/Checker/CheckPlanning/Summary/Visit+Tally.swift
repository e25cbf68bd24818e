import CheckStates

extension Visit {
    /// The state of a neighbourhood's files, in counts.
    struct Tally {
        var present: Int32 = 0
        /// Files that were asked for and are missing, without news; and how many were asked for
        /// twice.
        var missing: Int32 = 0
        var confirmedMissing: Int32 = 0
        /// Files that were never asked for, without news.
        var fresh: Int32 = 0
        /// Files present in the version before their last change.
        var outdated: Int32 = 0
        /// The number of missing folders; many servers refuse folders.
        var missingFolders: Int32 = 0
        /// Whether it has files, not only folders.
        var hasFiles = false

        /// Files that the first pass has left to ask for.
        var firstPassLeft: Int32 { isPresumedAbsent ? 0 : fresh }

        /// Whether none of several files is there (or none at all, if there are few), so that they
        /// are not asked for one by one.
        ///
        /// Missing folders say nothing about files beside them.
        var isPresumedAbsent: Bool {
            guard present == 0, outdated == 0, missing > 0 else { return false }
            guard missing > missingFolders || !hasFiles else { return false }
            return missing >= PolicySettings.absentSampleSize
                || fresh == 0 && confirmedMissing == missing
        }
    }
    /// The same of all files.
    struct Totals: Sendable {
        var counts = FileCounts()
        /// Live files marked as lost.
        var lossCount = 0
        var questionedCount = 0
        /// Times in the state from a clock that was ahead of ours.
        var futureTimeCount = 0
        /// Files that were never asked for, except news and those presumed absent.
        var firstPassLeft = 0

        /// Before all files are counted anew.
        mutating func beginAnew() {
            counts = FileCounts()
            (lossCount, questionedCount, firstPassLeft) = (0, 0, 0)
        }
    }
}
