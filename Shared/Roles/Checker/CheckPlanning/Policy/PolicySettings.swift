import FunctionRuntime

/// The intervals of the policy, in seconds.
///
/// CheckPlanning/CHECKING.md gives the reasons for the values.
package struct PolicySettings: Hashable, Sendable {
    /// How long a suspicion rests before the second look; `RECHECK_AFTER_SECONDS`.
    package var recheckSeconds = NumberSetting.recheckAfter.standardSeconds
    /// How often each proven file is asked for, if no listing renews its proof;
    /// `REVALIDATE_AFTER_SECONDS`.
    ///
    /// By default a little less than a week, so that no loss goes unnoticed for longer.
    package var cycleSeconds = NumberSetting.revalidateAfter.standardSeconds
    /// The percentage of files that an access point may lose within a day before it is doubted, 100
    /// for no limit; `CHECK_SHRINK_PERCENT`.
    package var shrinkPercent = NumberSetting.checkShrink.standard
    /// The maximum length of a mutable file that is fetched if nothing else proves its content, 0
    /// to fetch none; `CONTENT_PROOF_BYTES`.
    package var contentProofByteCount = UInt64(NumberSetting.contentProof.standard)

    /// How long after its removal a proven file is still asked for, 0 for not at all;
    /// `REMOVED_DAYS`.
    package var removedSeconds = NumberSetting.removedDays.standardSeconds

    package init() {}

    /// How often a neighbourhood is asked if there are `count` of them, small ones counting half.
    ///
    /// Every four and a half hours in a tree of Gentoo's size. Smaller trees are asked more often,
    /// so that the number of samples in five minutes is the same everywhere.
    package func samplingSeconds(count: Int) -> Int64 {
        let wanted = Int64(count) * 300 / Self.samplesInFiveMinutes
        // In steps: a different period moves every sampling, and if each new folder changed it,
        // some samplings would be late.
        let even = wanted - wanted % (2 * Self.bundleSeconds)
        return min(max(even, Self.bundleSeconds), 16_200, max(1, cycleSeconds))
    }

    /// The minimum number of proven files of a tree to ask for in five minutes, if there are more
    /// than can be asked for in half an hour.
    package static let samplesInFiveMinutes: Int64 = 14
    /// How often each file is asked for by name if listings renew proofs: less than
    /// `listedProofSeconds` by as much as samplings may be late.
    package var listedCycleSeconds: Int64 { max(55 * 86_400, cycleSeconds) }
    /// How long after the last question by name listings can renew a file's proof.
    package static let listedProofSeconds: Int64 = 60 * 86_400
    /// How often a folder is listed.
    package static let listingSeconds: Int64 = 86_400
    /// How often to try again whether folders can be listed, and whether listings can be trusted.
    package static let listingTrialSeconds: Int64 = 7 * 86_400
    /// How many files must be listed by one of two access points but not by the other to show that
    /// their trees differ.
    package static let differenceLimit = 2
    /// After this time without questions, a twin no longer shares the work.
    package static let twinPatienceSeconds: Int64 = 4 * 3_600
    /// A neighbourhood is only tried with a listing if it has more files than this.
    package static let listingTrialSize: Int32 = 8
    /// How many of the files missing from a listing are asked for, if it lacks many.
    package static let lackingSample = 16
    /// How often an FTP or rsync access point is listed completely.
    package static let bulkSeconds: Int64 = 86_400

    /// Samples that fall due within this time are asked together.
    package static let bundleSeconds: Int64 = 900
    /// How far ahead an agenda reaches.
    package static let horizonSeconds: Int64 = 7_200
    /// Samplings missed by more than this are skipped.
    package static let patienceSeconds: Int64 = 3_600

    /// How long an access point rests that does not even answer for a nonexistent name.
    package static let silenceSeconds: Int64 = 300
    /// How often nonexistent names are asked for.
    package static let guardSeconds: Int64 = 3_600

    /// The minimum time between two polls of a batch: every third run of the default schedule.
    package static let pollSeconds: Int64 = 870
    /// Files missing for longer than this are no longer polled as news.
    package static let newsSeconds: Int64 = 14 * 86_400
    /// How many files of a batch a poll asks for.
    package static let pollSize = 2
    /// How many batches a visit polls as long as none of them appears.
    package static let pollLimit = 8

    /// The minimum rest of a missing file: one that was there before, and any other.
    package static let shortestRestSeconds: (lost: Int64, other: Int64) = (300, 3_600)
    package static let longestRestSeconds: Int64 = 14 * 86_400
    /// Half of the minimum rest of a file after two inconclusive answers.
    package static let shortestBackOffSeconds: Int64 = 30
    /// The maximum rest of a file about which nothing was learnt.
    package static let longestBackOffSeconds: Int64 = 86_400

    /// A neighbourhood is presumed absent if this many of its files were asked for and none is
    /// there.
    package static let absentSampleSize = 8
    /// How long it rests then, and on partial mirrors.
    package static let absentRestSeconds: ClosedRange<Int64> = 43_200...3 * 86_400
    package static let partialRestSeconds: Int64 = 7 * 86_400

    /// The minimum and maximum time from a removed file's last sighting to the next question.
    package static let removedRestSeconds: ClosedRange<Int64> = 20 * 3_600...24 * 3_600
    /// The minimum interval between questions about files that were removed together; later, a
    /// tenth of the time since their removal.
    package static let removalPollSeconds: Int64 = 870
    package static let removalPollShare: Int64 = 10
    /// How many removed files are asked for each day; earlier removals beyond that fall back.
    package static let removedLimit = 2_000
    /// How long a removed file rests about which nothing was learnt.
    package static let removedBackOffSeconds: Int64 = 4 * 3_600

    /// How many random files are asked for when a proof is contradicted.
    package static let sampleSize = 60
    /// How many of the newest files must be there in a row after one of the newest was missing.
    package static let newestRun = 32
    /// A folder with fewer entries is too small for its losses to show that all of it is lost.
    package static let smallFolderCount = 8
    /// Files newer than this are the ones that a mirror lacks after going back in time.
    package static let recentSeconds: Int64 = 30 * 86_400
    /// Two contradictions within this time put more than their neighbourhoods in question.
    package static let contradictionSeconds: Int64 = 86_400
    /// How long health keeps clients from a lost file: until there are maps without it.
    package static let doubtSeconds: Int64 = 1_200

    /// How many proofs a contested file needs at a mirror that is otherwise consistent, and at one
    /// that is not.
    package static let contestProofs: (usual: UInt8, inconsistent: UInt8) = (3, 12)
    /// How many proofs a file needs that appeared moments after it was missing.
    package static let briefContestProofs: UInt8 = 2
    /// How many files contradicted within a day make an access point inconsistent.
    package static let contestLimit = 3
    /// How many files to try to find out whether the lengths of error pages distinguish them.
    package static let trialSize = 16
    /// How long a missing contested file rests if servers are known to differ.
    package static let differingRestSeconds: Int64 = 7 * 86_400
    /// The minimum time between the proofs of a contested file.
    package static let contestSeconds: Int64 = 840
    /// How long an access point stays inconsistent without further contests.
    package static let inconsistentSeconds: Int64 = 7 * 86_400

    /// Times further in the future than this come from a clock that was wrong.
    package static let futureTolerance: Int64 = 300
}
