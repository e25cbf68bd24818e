import Catalogs
import CheckStates
import Mirrors
package import Time

// What an answer says about a file by itself, before it is compared with what was known.
extension FileJudge {
    /// What an answer says about the file by itself.
    package enum Finding: Hashable, Sendable {
        case present
        case absent
        case altered(byteCount: UInt64)
        /// Status 200 without a length: only Apache answers so, and only for an empty file.
        case noLength
        /// The right length, but a time before the last change.
        case old
        /// The right length of a mutable file, with a time that differs from the master's, or none.
        case undated
        /// The right length, but other content.
        case replaced
        /// The length of the previous version, from a mirror that may still have it.
        case previous
        /// The server answers, but refuses the file: 4xx other than 404, 408, 410, 425 and 429,
        /// 5xx, a redirect loop or a redirect to another site.
        case refused
        case silence
        /// The server is busy, or the answer says nothing.
        case nothing
    }

    /// Some servers round times to the two seconds of FAT.
    package static let timeTolerance: Int64 = 2

    /// What `answer` says about a file, given `expectation`.
    package func finding(
        _ answer: FileAnswer,
        _ expectation: Expectation,
        _ now: Timestamp
    ) -> Finding {
        switch answer.reply {
        case .failed: return .silence
        case .notAsked, .listed: return .nothing
        case .unusable: return .refused
        case .answered(404, _), .answered(410, _): return .absent
        case .answered(408, _), .answered(425, _), .answered(429, _): return .nothing
        case .answered(200, let byteCount):
            return finding(byteCount, expectation, now)
                ?? finding(answer, ofMutable: expectation)
        case .answered(let status, _): return status >= 400 ? .refused : .nothing
        }
    }

    /// What status 200 with a length says; nil if the length is right.
    private func finding(
        _ byteCount: UInt64?,
        _ expectation: Expectation,
        _ now: Timestamp
    ) -> Finding? {
        if let lengths = softNotFound?.lengths {
            // It may be the page for nonexistent names.
            guard let expected = expectation.byteCount, !lengths.contains(expected) else {
                return .nothing
            }
            guard let byteCount, !lengths.contains(byteCount) else { return .absent }
        }
        guard let expected = expectation.byteCount else { return .present }
        // Apache sends no length for an empty file; every server sends one for other files.
        guard let byteCount else { return expected == 0 ? .present : .noLength }
        guard byteCount == expected else {
            if let previous = expectation.previous, previous.byteCount == byteCount,
                now <= previous.acceptableUntil
            {
                return .previous
            }
            return .altered(byteCount: byteCount)
        }
        return nil
    }

    /// What the right length of a mutable file says together with its digests and time.
    private func finding(
        _ answer: FileAnswer,
        ofMutable expectation: Expectation
    ) -> Finding {
        guard let modified = expectation.modified else { return .present }
        if expectation.digests.confirm(answer.digests) { return .present }
        if expectation.digests.contradict(answer.digests) { return .replaced }
        guard let seen = answer.modified else { return .undated }
        let age = modified.seconds(since: seen)
        guard age.magnitude > Self.timeTolerance.magnitude else { return .present }
        return age > 0 ? .old : .undated
    }
}
