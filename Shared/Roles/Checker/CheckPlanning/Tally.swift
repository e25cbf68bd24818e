extension Visit {
    /// How the files of a neighbourhood stand.
    struct Tally {
        var present: Int32 = 0
        /// Asked for, and not there, news aside; how many of them were asked for twice.
        var missing: Int32 = 0
        var confirmedMissing: Int32 = 0
        /// Never asked for, news aside.
        var fresh: Int32 = 0
        /// There as they were before they changed.
        var outdated: Int32 = 0
        /// How many of the missing ones are folders, which many servers refuse.
        var missingFolders: Int32 = 0
        /// Whether there are files beside folders.
        var holdsFiles = false

        /// None of several files is there, or of all where they are few: they are not asked for one
        /// by one.
        ///
        /// Folders that are missing say nothing about files beside them.
        var isPresumedAbsent: Bool {
            guard present == 0, outdated == 0, missing > 0 else { return false }
            guard missing > missingFolders || !holdsFiles else { return false }
            return missing >= PolicySettings.absentSampleSize
                || fresh == 0 && confirmedMissing == missing
        }
    }
}
