import Catalogs
import CheckPlanning
import CheckStates
import HTTPTransport
import TestSupport
import Testing

@testable import Checking

struct OpenQuestionsTests {
    /// An answer to `subject` that bears `tag`.
    private func answer(_ subject: Question.Subject, _ tag: RequestTag) -> Answer {
        var question = Question(
            accessPoint: 0,
            subject: subject,
            path: [],
            isDirectory: false
        )
        question.tag = tag
        return Answer(to: question, reply: .notAsked)
    }

    @Test func eachAnswerFindsItsQuestionOnceInAnyOrder() {
        var generator = SeededGenerator(seed: 7)
        var questions = OpenQuestions()
        var open: [(file: UInt32, tag: RequestTag)] = []
        for step in 0..<20_000 as Range<UInt32> {
            if open.isEmpty || Bool.random(using: &generator) {
                let planned = PlannedQuestion(.file(FileID(step)), urgency: .news)
                open.append((step, questions.add(planned, generation: step + 1)))
                continue
            }
            let (file, tag) = open.remove(at: .random(in: open.indices, using: &generator))
            let found = questions.remove(answer(.file(FileID(file)), tag))
            #expect(found?.planned.subject == .file(FileID(file)))
            #expect(found?.generation == file + 1)
            #expect(questions.remove(answer(.file(FileID(file)), tag)) == nil)
        }
    }

    @Test func anAnswerOfAnEarlierTurnIsForNoOtherQuestion() {
        var questions = OpenQuestions()
        let tag = questions.add(PlannedQuestion(.file(FileID(3)), urgency: .news), generation: 1)
        for subject in [.file(FileID(4)), .impossibleName, .listing, .base] as [Question.Subject] {
            #expect(questions.remove(answer(subject, tag)) == nil)
        }
        #expect(questions.remove(answer(.file(FileID(3)), RequestTag(tag.number + 1))) == nil)
        #expect(questions.remove(answer(.file(FileID(3)), -1)) == nil)
        #expect(questions.remove(answer(.file(FileID(3)), tag)) != nil)
    }

    @Test func oneListingIsPendingUntilItIsAnswered() {
        var questions = OpenQuestions()
        #expect(!questions.hasFolder)
        let tag = questions.add(
            PlannedQuestion(.folder(of: FileID(3)), urgency: .routine),
            generation: 1
        )
        #expect(questions.hasFolder)
        #expect(questions.remove(answer(.listing, tag)) != nil)
        #expect(!questions.hasFolder)
    }
}
