/// The intervals of the policy, in seconds.
///
/// CHECKING.md beside this file says why they are what they are.
package struct PolicySettings: Hashable, Sendable {
    /// How long a suspicion rests before it is asked again; `RECHECK_AFTER_SECONDS`.
    package var recheckSeconds: Int64 = 60
    /// How often every proven file is asked for where no listing renews its proof;
    /// `REVALIDATE_AFTER_SECONDS`.
    ///
    /// A little less than a week, so that nothing is lost for longer than one.
    package var cycleSeconds: Int64 = 596_160
    /// How many of a hundred files an access point may lose within a day before it is doubted, 100
    /// for any number; `CHECK_SHRINK_PERCENT`.
    package var shrinkPercent = 20
    /// Up to which length a mutable file is fetched where nothing else proves what it is, 0 for
    /// never; `CONTENT_PROOF_BYTES`.
    package var contentProofByteCount: UInt64 = 65_536

    /// How long after its removal a file is asked for where it was proven, 0 for not at all;
    /// `REMOVED_DAYS`.
    package var removedSeconds: Int64 = 14 * 86_400

    package init() {}

    /// How often a neighbourhood is asked where there are `count` of them, small ones for a half.
    ///
    /// Every four and a half hours in a tree of Gentoo's size; in smaller ones more often, so that
    /// as many samples are asked for in five minutes everywhere.
    package func turnSeconds(count: Int) -> Int64 {
        let wanted = Int64(count) * 300 / Self.samplesInFiveMinutes
        // In steps: with another period everybody's turn is at another time, and some would wait
        // for long if every new folder changed it.
        let even = wanted - wanted % (2 * Self.bundleSeconds)
        return min(max(even, Self.bundleSeconds), 16_200, max(1, cycleSeconds))
    }

    /// How many proven files of a tree are asked for at least, as far as there are more of them
    /// than can be asked in half an hour.
    package static let samplesInFiveMinutes: Int64 = 14
    /// How often every file is asked for by name where listings renew proofs: less than
    /// `listedProofSeconds` by what turns may come late.
    package var listedCycleSeconds: Int64 { max(55 * 86_400, cycleSeconds) }
    /// For so long after its last question by name a file's proof can be renewed by listings.
    package static let listedProofSeconds: Int64 = 60 * 86_400
    /// How often a folder is listed.
    package static let listingSeconds: Int64 = 86_400
    /// How often it is tried again whether folders can be listed, or whether listings can be
    /// believed.
    package static let listingTrialSeconds: Int64 = 7 * 86_400
    /// How many files that one of two shows and the other one lacks make two trees of them.
    package static let differenceLimit = 2
    /// An access point whose twin was not asked for so long does not leave it a share.
    package static let twinPatienceSeconds: Int64 = 4 * 3_600
    /// A neighbourhood has to hold more files than this to be tried.
    package static let listingTrialSize: Int32 = 8
    /// How many of the files that a listing lacks are asked for, where it lacks many.
    package static let lackingSample = 16
    /// How often an FTP or rsync access point is listed as a whole.
    package static let bulkSeconds: Int64 = 86_400

    /// Samples that fall due within so long are asked together.
    package static let bundleSeconds: Int64 = 900
    /// How far ahead an agenda reaches.
    package static let horizonSeconds: Int64 = 7_200
    /// Turns that were missed for longer than this are left out.
    package static let patienceSeconds: Int64 = 3_600

    /// How long an access point rests that does not even answer for a name that cannot exist.
    package static let silenceSeconds: Int64 = 300
    /// How often names that cannot exist are asked for.
    package static let guardSeconds: Int64 = 3_600

    /// The shortest time between two polls of a batch: every third run of the template.
    package static let pollSeconds: Int64 = 870
    /// Files that are missing for longer than this are not polled as news any more.
    package static let newsSeconds: Int64 = 14 * 86_400
    /// How many files of a batch a poll asks for.
    package static let pollSize = 2
    /// How many batches a visit polls, as long as none of them appears.
    package static let pollLimit = 8

    /// The shortest rest of a file that was there before, and of another.
    package static let shortestRestSeconds: (lost: Int64, other: Int64) = (300, 3_600)
    package static let longestRestSeconds: Int64 = 14 * 86_400
    /// The shortest rest of a file about which nothing was learnt twice, and half of it.
    package static let shortestBackOffSeconds: Int64 = 30
    /// The longest rest of a file about which nothing was learnt.
    package static let longestBackOffSeconds: Int64 = 86_400

    /// A neighbourhood of which so many files were asked for, and none is there, is presumed
    /// absent.
    package static let absentSampleSize = 8
    /// How long it rests then, and on partial mirrors.
    package static let absentRestSeconds: ClosedRange<Int64> = 43_200...3 * 86_400
    package static let partialRestSeconds: Int64 = 7 * 86_400

    /// How long after the last sight of a removed file it is asked for again, at least and at most.
    package static let removedRestSeconds: ClosedRange<Int64> = 20 * 3_600...24 * 3_600
    /// How soon one of the files that were removed together is asked for: at first, and not after a
    /// longer rest than this share of the time since then.
    package static let removalPollSeconds: Int64 = 870
    package static let removalPollShare: Int64 = 10
    /// How many removed files are asked for every day; what was removed before those falls back.
    package static let removedLimit = 2_000
    /// How long a removed file rests about which nothing was learnt.
    package static let removedBackOffSeconds: Int64 = 4 * 3_600

    /// How many files are asked for at random when a proof did not hold.
    package static let sampleSize = 60
    /// How many of the newest files have to be there in a row, where one of the newest was missing.
    package static let newestRun = 32
    /// A folder with fewer entries is too small to tell by its losses that all of it is lost.
    package static let smallFolderCount = 8
    /// Files that came within so long are the ones that a mirror lacks which went back in time.
    package static let recentSeconds: Int64 = 30 * 86_400
    /// Two contradictions within this time put more than their neighbourhoods in question.
    package static let contradictionSeconds: Int64 = 86_400
    /// How long a lost file is kept from clients beside the maps, until there are maps without it.
    package static let doubtSeconds: Int64 = 1_200

    /// How many proofs a contested file needs at a mirror that is consistent otherwise, and at one
    /// that is not.
    package static let contestProofs: (usual: UInt8, inconsistent: UInt8) = (3, 12)
    /// How many proofs a file needs that appeared moments after it was not there.
    package static let briefContestProofs: UInt8 = 2
    /// How many files that were contradicted within a day make an access point inconsistent.
    package static let contestLimit = 3
    /// How many files tell whether the lengths of pages tell right from wrong.
    package static let trialSize = 16
    /// How long a contested file rests that was not there, where servers are known to differ.
    package static let differingRestSeconds: Int64 = 7 * 86_400
    /// How far apart those have to be.
    package static let contestSeconds: Int64 = 840
    /// For so long an access point without further contests is inconsistent.
    package static let inconsistentSeconds: Int64 = 7 * 86_400

    /// Times further ahead than this are of a clock that was wrong.
    package static let futureTolerance: Int64 = 300
}
