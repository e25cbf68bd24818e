import Events
import FunctionRuntime
import JSON
import MirrorCommands
import ObjectStorage
import SampleDeployment
import Synchronization
import TestSupport
import Testing
import Time

/// A scripted editor that returns one text after the other until they run out.
private final class ScriptedEditor: OperatorEditor {
    private struct State {
        var texts: [String]
        var drafts: [String: String] = [:]
        var problems: [String] = []
    }

    private let state: Mutex<State>
    /// What another process does in the meantime.
    private let meanwhile: @Sendable () -> Void

    init(_ texts: String..., meanwhile: @escaping @Sendable () -> Void = {}) {
        state = Mutex(State(texts: texts))
        self.meanwhile = meanwhile
    }

    var problems: [String] { state.withLock { $0.problems } }
    var drafts: [String: String] { state.withLock { $0.drafts } }

    func draft(_ bytes: [UInt8], named name: String) -> String {
        state.withLock { $0.drafts[name] = String(decoding: bytes, as: UTF8.self) }
        return name
    }

    func edited(_ path: String) -> [UInt8] {
        meanwhile()
        return state.withLock { state in
            if !state.texts.isEmpty { state.drafts[path] = state.texts.removeFirst() }
            return Array((state.drafts[path] ?? "").utf8)
        }
    }

    func discard(_ path: String) { state.withLock { $0.drafts[path] = nil } }

    func wantsAnotherTry(after problem: String) -> Bool {
        state.withLock { state in
            state.problems.append(problem)
            return !state.texts.isEmpty
        }
    }
}

@Suite struct EditTests {
    private func deployment() throws -> Deployment {
        var deployment = try Deployment()
        try deployment.add("alpha.example")
        try deployment.store.put(
            BlobKey("overrides.json"),
            Array(#"{"alpha.example":{"weight":7}}"#.utf8)
        )
        return deployment
    }

    private func overrides(_ deployment: Deployment) throws -> String {
        String(
            decoding: try #require(deployment.store.get(BlobKey("overrides.json"))).bytes,
            as: UTF8.self
        )
    }

    private func edit(
        _ deployment: Deployment,
        _ editor: ScriptedEditor,
        _ options: String...
    ) throws -> CommandResult {
        try deployment.program(editor: editor).run(CommandArguments(["edit"] + options))
    }

    @Test func whatIsRightIsWrittenAsItStands() throws {
        let deployment = try deployment()
        let text = "{\n  \"alpha.example\": {\"weight\": 50}\n}\n"
        let editor = ScriptedEditor(text)
        let result = try edit(deployment, editor, "--reason", "new disks", "--by", "ada")
        #expect(result.text == #"alpha.example: {"weight":7} → {"weight":50}"#)
        #expect(try overrides(deployment) == text)
        #expect(editor.drafts.isEmpty)
        let events = try deployment.store.events(from: .ago(hours: 1), until: .now)
        #expect(events.map(\.text) == ["ada: edit: new disks"])
    }

    @Test func whatIsWrongGoesBackToTheEditorUntilItIsRight() throws {
        let deployment = try deployment()
        let right = #"{"alpha.example":{"weight":9}}"#
        let editor = ScriptedEditor("{", #"{"omega":{}}"#, right)
        _ = try edit(deployment, editor)
        #expect(editor.problems.count == 2)
        #expect(editor.problems.last?.contains("omega") == true)
        #expect(try overrides(deployment) == right)
    }

    @Test func givingUpKeepsTheText() throws {
        let deployment = try deployment()
        let before = try overrides(deployment)
        let editor = ScriptedEditor(#"{"alpha.example":{"wieght":9}}"#)
        #expect {
            try edit(deployment, editor)
        } throws: {
            "\($0)".contains("wieght") && "\($0)".hasSuffix("your text is in overrides.json")
        }
        #expect(try overrides(deployment) == before)
        #expect(editor.drafts["overrides.json"]?.contains("wieght") == true)
    }

    @Test func whatSomebodyElseWroteMeanwhileIsNotLost() throws {
        let deployment = try deployment()
        let store = deployment.store
        let theirs = #"{"alpha.example":{"weight":1}}"#
        let editor = ScriptedEditor(#"{"alpha.example":{"weight":2}}"#) {
            _ = try? store.put(BlobKey("overrides.json"), Array(theirs.utf8))
        }
        #expect(throws: FunctionError.self) { try edit(deployment, editor) }
        #expect(try overrides(deployment) == theirs)
        #expect(editor.drafts.count == 1)
    }

    @Test func nothingIsWrittenWithoutAChangeAndInARehearsal() throws {
        let deployment = try deployment()
        let count = deployment.store.writeCount
        #expect(try edit(deployment, ScriptedEditor()).text == "nothing was changed")
        let rehearsal = try edit(deployment, ScriptedEditor("{}"), "--dry-run")
        #expect(
            rehearsal.text == #"would be: alpha.example: {"weight":7} → null"#
                + "\n  none of 2 maps would change"
        )
        #expect(deployment.store.writeCount == count)
    }
}
