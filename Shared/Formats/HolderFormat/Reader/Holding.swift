/// The outcome of the latest looks at a file on an access point, as pages say it.
package enum Holding: UInt8, Sendable, CaseIterable {
    /// It was proven to be there, and the proof counts.
    case held = 0
    /// The mirror answered that the file does not exist.
    case lacking = 1
    /// The mirror has something else under that name: another length, or another kind.
    case altered = 2
    /// The mirror has what the file was before its last change.
    case outdated = 3
    /// The mirror refuses the file: 401, 403, 405, 416, 451, 5xx.
    case refused = 4
    /// It was there, but the proof is too old, of an earlier version, or in question.
    case expired = 5
    /// It is there, and a rule about the mirror keeps it off.
    case ruledOut = 6
    /// The folder's index is not right there.
    case indexless = 7
    /// Nobody asked for it yet, as it is now.
    case unasked = 8
    /// It was asked for, and no answer came.
    case unanswered = 9
    /// It is there, and other files of its set are not, or packages that the set names.
    case incomplete = 10
}
