/// Something wrong with a mirror for a while.
package struct Fault: Sendable {
    /// The kind of fault, and how much of the mirror it affects.
    package struct Kind: Hashable, Sendable {
        package enum Effect: Hashable, Sendable {
            /// No answer: refused immediately, or silence.
            case down
            /// 404.
            case lost
            /// This status: 403, 500.
            case refused(Int)
            /// Shorter than before.
            case truncated
            /// 200 and a page of the portal for every request.
            case portal
            /// https does not work.
            case certificate
            /// The tree as it was this number of seconds ago, and no sync; first an outage if
            /// `outageSeconds` > 0.
            case oldTree(seconds: Int, outageSeconds: Int)
        }

        package enum Extent: Hashable, Sendable {
            case everything
            /// The number of folders, which are chosen at random.
            case folders(Int)
            /// This share of the folders.
            case folderShare(Double)
            /// This share of the files, scattered.
            case fileShare(Double)
            /// The number of files.
            case files(Int)
            /// This share of the files, the newest.
            case newest(Double)
        }

        package var effect: Effect
        package var extent: Extent
        /// Its name in reports.
        package var name: String

        package init(_ effect: Effect, _ extent: Extent = .everything, name: String) {
            self.effect = effect
            self.extent = extent
            self.name = name
        }
    }

    package var kind: Kind
    /// The start, in seconds of the simulation.
    package var start: Int
    package var end: Int
    /// Determines the affected files and folders.
    package var seed: UInt64

    package init(_ kind: Kind, start: Int, end: Int, seed: UInt64) {
        self.kind = kind
        self.start = start
        self.end = end
        self.seed = seed
    }
}

extension Fault.Kind {
    /// The kind with this `name` in a mix; nil if there is none.
    init?(name: String, seconds: Int) {
        let known: (Effect, Extent)? =
            switch name {
            case "down": (.down, .everything)
            case "old tree after an outage":
                (.oldTree(seconds: seconds, outageSeconds: 7200), .everything)
            case "rollback without an outage":
                (.oldTree(seconds: seconds, outageSeconds: 0), .everything)
            case "one folder lost": (.lost, .folders(1))
            case "30 % of the folders lost": (.lost, .folderShare(0.3))
            case "0.5 % of files lost, scattered": (.lost, .fileShare(0.005))
            case "one folder refused (403)": (.refused(403), .folders(1))
            case "0.2 % of files refused, scattered": (.refused(403), .fileShare(0.002))
            case "everything refused": (.refused(403), .everything)
            case "captive portal": (.portal, .everything)
            case "certificate expired": (.certificate, .everything)
            case "truncated files after a full disk, 3 % of the newest": (.truncated, .newest(0.03))
            default: nil
            }
        guard let known else { return nil }
        let length = name == "down" ? " for \(seconds / 60) min" : ""
        self.init(known.0, known.1, name: name + length)
    }
}
