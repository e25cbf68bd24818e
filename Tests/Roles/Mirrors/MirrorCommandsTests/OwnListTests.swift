import Catalogs
import CheckStates
import Events
import FunctionRuntime
import JSON
import MirrorCommands
import Mirrors
import ObjectStorage
import SampleDeployment
import TestSupport
import Testing
import Time

@Suite struct OwnListTests {
    private func run(
        _ change: OwnListChange,
        _ arguments: String...
    ) throws -> (result: CommandResult, events: [Event]) {
        var deployment = try Deployment()
        try deployment.add("alpha.example")
        let program = deployment.program(leader: LenientLeader(change: change))
        let result = try program.run(CommandArguments(arguments))
        return (result, try deployment.store.events(from: .ago(hours: 1), until: .now))
    }

    private static let change = OwnListChange(
        added: ["new.example"],
        isWritten: true,
        events: [Event(.listed, "new.example", at: .now, by: "mirrors", text: "New")]
    )

    @Test func reportsAdditionsByNameAndReason() throws {
        let (result, events) = try run(
            Self.change,
            "add",
            "New",
            "--country",
            "DE",
            "https://new.example/",
            "--reason",
            "asked for it",
            "--by",
            "ada"
        )
        #expect(result.text == "new.example is listed: the next check asks it")
        #expect(events.map(\.kind) == [.listed, .command])
        #expect(
            events.last?.text == "ada: add New https://new.example/: asked for it"
        )
    }

    @Test func whatIsNotTakenIsSaid() throws {
        #expect {
            try run(
                OwnListChange(leftOut: ["mailto:x: the scheme is none of http"]),
                "add",
                "New",
                "--country",
                "DE",
                "mailto:x"
            )
        } throws: {
            ($0 as? FunctionError)?.exitStatus == 2 && "\($0)".contains("mailto:x")
        }
        #expect(throws: FunctionError.self) { try run(Self.change, "add", "New", "http://n/") }
    }

    @Test func anImportSaysWhatCameAndWhatDidNot() throws {
        let folder = try TemporaryFolder("import")
        try folder.write("de http://new.example/\n", to: "list")
        let list = folder.appending("list")
        var change = Self.change
        change.known = ["old: it is there"]
        #expect(try run(change, "import", list).result.status == 0)
        change.leftOut = ["bad: no URL"]
        let (result, events) = try run(change, "import", list)
        #expect(result.status == 1)
        #expect(
            result.text
                == "1 mirrors are listed: new.example\nlisted already: old: it is there\n"
                + "left out: bad: no URL"
        )
        #expect(events.count == 2)
        try folder.write("", to: "empty")
        #expect(throws: FunctionError.self) {
            try run(change, "import", folder.appending("empty"))
        }
    }

    @Test func aDryRunLeavesNoEvent() throws {
        let (result, events) = try run(
            OwnListChange(removed: ["alpha.example"]),
            "remove",
            "alpha",
            "--dry-run"
        )
        #expect(result.text.hasPrefix("would be: alpha.example is not listed any more"))
        #expect(events.isEmpty)
    }
}

@Suite struct ScanTests {
    @Test func whatACheckChangedIsShown() throws {
        var deployment = try Deployment()
        try deployment.add("alpha.example") { $0 < 60 ? .absent : .present }
        let after = deployment
        let program = deployment.program { request, seconds in
            #expect(
                request.description
                    == #"{"mode":"check","mirrors":["alpha.example"],"budgetSeconds":20}"#
            )
            #expect(seconds == 20)
            var state = CheckState(
                accessPointID: "alpha.example-https",
                baseURL: "https://alpha.example/"
            )
            for number in 0..<100 { state[FileID(UInt32(number))] = .make(.present, hours: 0) }
            try after.store.put(BlobKey(CheckState.key(of: "alpha.example-https")), state.encoded())
            return ["accessPoints": [["id": "alpha.example-https", "asked": 60]]]
        }
        let result = try program.run(CommandArguments(["scan", "alpha", "--seconds", "20"]))
        #expect(result.status == 0)
        let lines = result.text.split(separator: "\n").map(String.init)
        #expect(lines[0].hasPrefix("alpha.example: "))
        #expect(lines[0].contains("→ ● in use"), "\(lines[0])")
        #expect(
            lines[1] == "https://alpha.example/: 60 asked, right 40 → 100, absent 60 → 0",
            "\(lines[1])"
        )
    }

    @Test func whyNothingWasAskedIsSaid() throws {
        var deployment = try Deployment()
        try deployment.add("alpha.example")
        try deployment.add("off.example", isEnabled: false)
        let program = deployment.program { _, _ in
            ["notChecked": [["id": "alpha.example-https", "reason": "another checker is at it"]]]
        }
        let result = try program.run(CommandArguments(["scan", "alpha"]))
        #expect(result.status == 1)
        #expect(result.text.contains("not asked: another checker is at it"))
        #expect(throws: FunctionError.self) {
            try program.run(CommandArguments(["scan", "off.example"]))
        }
        for wrong in ["0", "x", "99999"] {
            #expect(throws: FunctionError.self) {
                try program.run(CommandArguments(["scan", "alpha", "--seconds", wrong]))
            }
        }
    }
}
