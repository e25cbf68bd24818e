package import RunRecords

extension CheckRecord.Line {
    /// What the latest check asked the access point and what it answered, in one line.
    package var sentence: String {
        var words = ["\(askedCount) asked"]
        if leftCount > 0 { words.append("\(leftCount) left") }
        if let requestsPerSecond {
            words.append("\((requestsPerSecond * 10).rounded() / 10) requests a second")
        }
        let line = "check of \(at.dateText): \(words.joined(separator: ", "))"
        return answers.isEmpty ? line : "\(line); \(answers.sentence)"
    }
}

extension AnswerTally {
    /// The answers with their numbers, the most frequent first, and an example of each that is not
    /// right.
    package var sentence: String {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { name, count in
            let example = samples.first { $0.answer == name }.map { ", such as \($0.path)" } ?? ""
            return "\(count) × \(name)\(example)"
        }.joined(separator: "; ")
    }
}
