package import Events
import HealthFormat
package import Mirrors
package import RunRecords
package import Time

/// All that is known of a deployment at a certain time, from storage.
package struct DeploymentFacts: Sendable {
    package let now: Timestamp
    /// Nil before the first publication, if no files were requested, and if everything requested
    /// was remembered.
    package var tree: TreeFacts?
    /// The number of paths in the tree; nil before the first publication, and if no files were
    /// requested.
    package var pathCount: Int?
    package var generation: UInt32 = 0
    package var publishedAt: Timestamp?
    package var mirrors: [MirrorFacts] = []
    /// For each mirror, the files that it has and lacks, if they were examined now.
    package var files: [Mirror.ID: MirrorFiles] = [:]
    /// For each mirror, the files that it holds, if all mirrors and the tree were read.
    package var held: [Mirror.ID: FileBits] = [:]
    /// The mirrors that have not changed since the remembered look.
    package var remembered: Set<Mirror.ID> = []
    /// Whether the number of holders of each file is also remembered.
    package var isCoverageRemembered = false
    /// What the next look may build on; nil if not all mirrors were examined.
    package var memory: RememberedFacts?
    package var regions: [RegionFacts] = []
    package var runs: [RunRecord] = []
    /// The events, oldest first, if requested.
    package var events: [Event] = []
    /// When the latest probe ended; nil before the first one.
    package var probedAt: Timestamp?
    /// The latest time at which any check asked anything.
    package var checkedAt: Timestamp?
    /// What could not be read, each with a sentence.
    package var problems: [Problem] = []

    /// A part of storage that its reader rejects.
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

    /// The enabled mirrors.
    package var enabled: [MirrorFacts] {
        mirrors.filter { $0.verdict.word != .disabled && $0.verdict.word != .notListed }
    }

    /// The enabled mirrors that answer.
    package var up: [MirrorFacts] {
        enabled.filter { $0.webPoints.contains { $0.isUp } }
    }

    /// The mirrors that need attention, worst first.
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
