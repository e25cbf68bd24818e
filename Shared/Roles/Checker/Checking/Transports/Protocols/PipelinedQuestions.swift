import CheckPlanning
import DequeModule
import HTTPTransport
import Time

/// The questions in pipelines, and their answers that were not passed on yet.
///
/// It is a single value, so that a batch of answers costs one exclusivity check (SE-0176).
struct PipelinedQuestions {
    /// A question remains until its answer is passed on.
    var questions = TagTable<Question>()
    /// They fill the hosts' room until they are passed on.
    var answers = Deque<PipelinedAnswer>()

    /// Takes answers of pipelines; returns the questions that must be asked singly.
    mutating func take(
        _ heads: [GuardedPipeline.TaggedHead],
        _ expected: ExpectedFiles
    ) -> [Question] {
        var unclear: [Question] = []
        for answer in heads {
            let head = answer.head
            if isUnclear(head, to: answer.tag, expected) {
                if let question = questions.remove(answer.tag) { unclear.append(question) }
                continue
            }
            answers.append(
                PipelinedAnswer(
                    tag: answer.tag,
                    status: head.status,
                    byteCount: head.byteCount,
                    lastModified: head.lastModified
                )
            )
        }
        return unclear
    }

    /// Whether the answer says less than one to a single request would: redirects, 400 (which may
    /// concern the connection), 405 and 501 (which concern HEAD), and 200 without the length of a
    /// file.
    private func isUnclear(
        _ head: ResponseHead,
        to tag: RequestTag,
        _ expected: ExpectedFiles
    ) -> Bool {
        switch head.status {
        case 200:
            // Nearly all answers are clear without a look at their questions.
            if !head.isEncoded, let byteCount = head.byteCount, byteCount > 0 { return false }
            guard let question = questions[tag], !question.isDirectory else { return false }
            guard !head.isEncoded, head.byteCount != nil else { return true }
            return (question.fileID.flatMap(expected.byteCount) ?? 0) > 0
        case 300..<400, 400, 405, 501: return true
        default: return false
        }
    }
}

/// An answer without its question, in few bytes: thousands wait at a time.
struct PipelinedAnswer {
    var tag: RequestTag
    /// Nil if the question was not asked.
    var status: Int?
    var byteCount: UInt64?
    /// In seconds since 1970.
    var lastModified: Int64?

    /// The answer to its question.
    func answer(to question: Question) -> Answer {
        guard let status else { return question.answered(.notAsked) }
        return question.answered(
            .answered(status: status, byteCount: byteCount),
            modified: lastModified.map { Timestamp(secondsSinceEpoch: $0) }
        )
    }
}
