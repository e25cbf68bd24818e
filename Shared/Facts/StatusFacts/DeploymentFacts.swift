package import Events
import HealthFormat
package import Mirrors
package import RunRecords
package import Time

/// All that is known of a deployment at a moment, from what is in storage.
package struct DeploymentFacts: Sendable {
    package let now: Timestamp
    /// Nil before the first publication, where files were not asked about, and where all that was
    /// asked about them was remembered.
    package var tree: TreeFacts?
    /// The paths of the tree; nil before the first publication, and where files were not asked
    /// about.
    package var pathCount: Int?
    package var generation: UInt32 = 0
    package var publishedAt: Timestamp?
    package var mirrors: [MirrorFacts] = []
    /// By mirror which files it has and lacks, where these were looked at now.
    package var files: [Mirror.ID: MirrorFiles] = [:]
    /// The files each mirror holds, if all mirrors were read, and the tree.
    package var held: [Mirror.ID: FileBits] = [:]
    /// The mirrors of which nothing changed since the look that is remembered.
    package var remembered: Set<Mirror.ID> = []
    /// Whether it is remembered as well by how many mirrors files are held.
    package var isCoverageRemembered = false
    /// What the next look may go on from; nil where not all mirrors were looked at.
    package var memory: RememberedFacts?
    package var regions: [RegionFacts] = []
    package var runs: [RunRecord] = []
    /// What happened, the oldest first, where it was asked about.
    package var events: [Event] = []
    /// When the latest probe ended; nil before the first one.
    package var probedAt: Timestamp?
    /// The newest time at which any check asked anything.
    package var checkedAt: Timestamp?
    /// What could not be read, each in a sentence.
    package var problems: [Problem] = []

    /// Something in storage that is not as its reader wants it.
    package struct Problem: Equatable, Sendable {
        package var key: String
        package var text: String

        package init(key: String, text: String) {
            self.key = key
            self.text = text
        }
    }

    package init(now: Timestamp) {
        self.now = now
    }

    /// The mirror `id`, or nil.
    package subscript(id: Mirror.ID) -> MirrorFacts? { mirrors.first { $0.id == id } }

    /// The mirrors that are to be used.
    package var enabled: [MirrorFacts] {
        mirrors.filter { $0.verdict.word != .disabled && $0.verdict.word != .notListed }
    }

    /// Of these the ones that answer.
    package var up: [MirrorFacts] {
        enabled.filter { $0.webPoints.contains { $0.isUp } }
    }

    /// Those that somebody should look at, the worst first.
    package var problemMirrors: [MirrorFacts] {
        let order = Verdict.Word.allCases
        func place(_ mirror: MirrorFacts) -> Int {
            order.firstIndex(of: mirror.verdict.word) ?? order.count
        }
        return mirrors.filter { $0.verdict.word.isProblem }.sorted { left, right in
            (place(left), left.completeness ?? 1, left.id)
                < (place(right), right.completeness ?? 1, right.id)
        }
    }
}
