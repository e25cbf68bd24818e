/// The outcome of the latest questions about a file on an access point, as pages show it.
package enum Holding: UInt8, Sendable, CaseIterable {
    /// The file was proven to be there, and the proof still counts.
    case held = 0
    /// The mirror answered that the file does not exist.
    case lacking = 1
    /// The mirror has something else under that name: of another length, or of another kind.
    case altered = 2
    /// The mirror has the file as it was before its latest change.
    case outdated = 3
    /// The mirror refuses the file: 4xx other than 404, 408, 410, 425 and 429, or 5xx.
    case refused = 4
    /// The file was there, but the proof is too old, of an earlier version, or in doubt.
    case expired = 5
    /// The file is there, but a rule about the mirror excludes it.
    case ruledOut = 6
    /// The index of the folder is not correct there.
    case indexless = 7
    /// Nobody has asked for the file in its current version yet.
    case unasked = 8
    /// It was asked for, but no answer came.
    case unanswered = 9
    /// The file is there, but other files of its set, or packages that the set names, are not.
    case incomplete = 10
}
