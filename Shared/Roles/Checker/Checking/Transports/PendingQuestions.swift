/// The questions that were put and are not answered, by small numbers that are used again.
///
/// One value, so that a question costs one look whether somebody else is at it (Swift's law of
/// exclusivity, SE-0176), and not one for each array.
struct PendingQuestions {
    private var questions: [Question?] = []
    private var freeTags: [Int] = []

    /// The question with this number; nil where there is none.
    subscript(tag: Int) -> Question? {
        questions.indices.contains(tag) ? questions[tag] : nil
    }

    /// Keeps the question and returns its number.
    mutating func add(_ question: Question) -> Int {
        guard let tag = freeTags.popLast() else {
            questions.append(question)
            return questions.count - 1
        }
        questions[tag] = question
        return tag
    }

    /// Returns the question with this number, which is free from now on; nil where there is none.
    mutating func remove(_ tag: Int) -> Question? {
        guard questions.indices.contains(tag), let question = questions[tag].take()
        else { return nil }
        freeTags.append(tag)
        return question
    }
}
