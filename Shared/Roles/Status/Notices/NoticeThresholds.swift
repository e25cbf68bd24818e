package import FunctionRuntime
package import StatusFacts

/// How long a mirror may have a problem before a notice is sent.
package struct NoticeThresholds: Equatable, Sendable {
    /// For each word, the seconds; other words cause no notice.
    package private(set) var seconds: [Verdict.Word: Int64] = [:]

    /// The words that can cause a notice, with their default thresholds.
    private static let usual: [(word: Verdict.Word, seconds: Int64)] = [
        (.down, 6 * 3600), (.refusesUs, 3600), (.notItself, 3600), (.empty, 86_400),
        (.behind, 3 * 86_400), (.incomplete, 86_400),
    ]

    /// Parses `down=6h,behind=3d,incomplete=never`, which override the defaults.
    ///
    /// Throws ``FunctionError/badRequest(_:)`` with the part that is not understood.
    package init(_ text: String? = nil) throws(FunctionError) {
        for (word, seconds) in Self.usual { self.seconds[word] = seconds }
        for part in (text ?? "").split(separator: ",") {
            let pair = part.split(separator: "=", omittingEmptySubsequences: false)
                .map { $0.drop { $0 == " " } }
            guard pair.count == 2, let word = Verdict.Word(rawValue: String(pair[0])),
                Self.usual.contains(where: { $0.word == word })
            else {
                let words = Self.usual.map(\.word.rawValue).joined(separator: ", ")
                throw .badRequest(
                    "STATUS_NOTICES: expected one of \(words), then = and a time, found \"\(part)\""
                )
            }
            guard pair[1] != "never" else {
                seconds[word] = nil
                continue
            }
            guard let time = Self.seconds(pair[1]) else {
                throw .badRequest(
                    "STATUS_NOTICES: expected a time such as 30m, 6h or 3d, or never, found "
                        + "\"\(pair[1])\""
                )
            }
            seconds[word] = time
        }
    }

    /// Parses `30m`, `6h` or `3d`: up to 365 days.
    private static func seconds(_ text: Substring) -> Int64? {
        let units: [Character: Int64] = ["m": 60, "h": 3600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }),
            text.dropLast().allSatisfy({ $0.isASCII && $0.isNumber }),
            let count = Int64(text.dropLast()), count <= 365 * 86_400 / unit
        else { return nil }
        return count * unit
    }
}
