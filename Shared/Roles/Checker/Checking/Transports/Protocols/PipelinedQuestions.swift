import CheckPlanning
import DequeModule
import HTTPTransport
import Time

/// The questions in pipelines, and their answers that were not passed on yet.
///
/// It is a single value, so that a batch of answers costs one exclusivity check (SE-0176).
struct PipelinedQuestions {
    var questions = TagTable<Question>()
    /// They fill the hosts' room until they are passed on.
    var answers = Deque<Answer>()

    /// Takes answers of pipelines; returns the questions that must be asked singly.
    mutating func take(
        _ heads: [GuardedPipeline.TaggedHead],
        _ expected: ExpectedFiles
    ) -> [Question] {
        var unclear: [Question] = []
        for answer in heads {
            guard let question = questions.remove(answer.tag) else { continue }
            let head = answer.head
            guard !Self.isUnclear(head, to: question, expected) else {
                unclear.append(question)
                continue
            }
            answers.append(
                question.answered(
                    .answered(status: head.status, byteCount: head.byteCount),
                    modified: head.lastModified.map { Timestamp(secondsSinceEpoch: $0) }
                )
            )
        }
        return unclear
    }

    /// Whether the answer says less than one to a single request would: redirects, 400 (which may
    /// concern the connection), 405 and 501 (which concern HEAD), and 200 without the length of a
    /// file.
    private static func isUnclear(
        _ head: ResponseHead,
        to question: Question,
        _ expected: ExpectedFiles
    ) -> Bool {
        switch head.status {
        case 200 where question.isDirectory: return false
        case 200:
            guard !head.isEncoded, let byteCount = head.byteCount else { return true }
            return byteCount == 0 && (question.fileID.flatMap(expected.byteCount) ?? 0) > 0
        case 300..<400, 400, 405, 501: return true
        default: return false
        }
    }
}
