import Events
import FunctionRuntime
import HealthFormat
import JSON
import MapHolds
import MirrorCommands
import Mirrors
import ObjectStorage
import SampleDeployment
import Testing
import TestSupport
import Time

@Suite struct ChangeTests {
    private func deployment() throws -> Deployment {
        var deployment = try Deployment()
        try deployment.add("alpha.example")
        try deployment.add("beta.example")
        return deployment
    }

    private func overrides(_ deployment: Deployment) throws -> String {
        let blob = try deployment.store.get(BlobKey("overrides.json"))
        return try blob.map { try JSONValue(parsing: $0.bytes).description } ?? ""
    }

    private func health(_ deployment: Deployment) throws -> Health {
        try Health(decoding: #require(deployment.store.get(BlobKey(Health.key))).bytes)
    }

    private func commands(_ deployment: Deployment) throws -> [String] {
        try deployment.store.events(from: .ago(hours: 1), until: .now)
            .filter { $0.kind == .command }.compactMap(\.text)
    }

    @Test func aDisabledMirrorIsClosedAtOnceAndOverridden() throws {
        let deployment = try deployment()
        try deployment.run("disable", "alpha", "--reason", "asked for it", "--by", "ada")
        #expect(try overrides(deployment) == #"{"alpha.example":{"enabled":false}}"#)
        let closure = try health(deployment).closures["alpha.example-https"]
        #expect(closure?.reason == "asked for it")
        #expect(closure?.until == nil)
        #expect(try commands(deployment) == ["ada: disable alpha: asked for it"])
        #expect(try deployment.run("list", "--disabled").text.contains("alpha.example"))
        try deployment.run("enable", "alpha.example")
        #expect(try overrides(deployment) == "{}")
        #expect(try health(deployment).closures.isEmpty)
    }

    @Test func aDryRunSaysWhatBuilderWouldDo() throws {
        let deployment = try deployment()
        let disabled = try deployment.run("disable", "alpha", "--reason", "x", "--dry-run")
        #expect(
            disabled.text.split(separator: "\n").dropFirst() == [
                "  europe: loses alpha.example-https; 1 path would have no mirror any more; "
                    + "12.5 % of the redirects would go elsewhere"
            ]
        )
        let set = try deployment.run("set", "alpha", "weight=50", "--dry-run")
        #expect(set.text.hasSuffix("\n  none of 2 maps would change"))
        let off = try deployment.run("set", "alpha", "enabled=false", "--dry-run", "--json")
        guard case .object(let object) = off.json, case .array(let maps)? = object["maps"] else {
            Issue.record("\(off.json)")
            return
        }
        #expect(maps.count == 2)
        let closed = try deployment.run(
            "disable",
            "alpha",
            "--reason",
            "x",
            "--until",
            "3d",
            "--dry-run"
        )
        #expect(
            closed.text.hasSuffix("\n  no map would change: redirectors leave it out until then")
        )
    }

    /// The mirror list says nothing of rules, so without an override there are none.
    @Test func aDryRunOfUnsetSaysWhatMapsBecomeWithoutTheOverride() throws {
        let deployment = try deployment()
        try deployment.run("set", "alpha", "weight=50", "enabled=false")
        let list = try MirrorList(
            json: JSONValue(parsing: #require(deployment.store.get(BlobKey("mirrors.json"))).bytes)
        )
        let set = try MirrorOverrides(
            json: ["alpha.example": ["weight": 50, "enabled": false]],
            for: list
        )
        var changed = list
        changed.mirrors = list.mirrors.map { mirror in
            set.byMirror[mirror.id].map(mirror.applying) ?? mirror
        }
        try deployment.store.put(BlobKey("mirrors.json"), changed.json.serialized())
        let builder = RecordingBuilder()
        let unset = try deployment.program(builder: builder).run(
            CommandArguments(["unset", "alpha", "enabled", "--dry-run"])
        )
        #expect(unset.text.hasSuffix("\n  none of 0 maps would change"))
        let mirror = try #require(builder.lists.first?.mirrors.first)
        #expect(mirror.isEnabled)
        #expect(mirror.weight == 50)
        _ = try deployment.program(builder: builder).run(
            CommandArguments(["unset", "alpha", "enabled", "weight", "--dry-run"])
        )
        #expect(builder.lists.last == list)
    }

    @Test func untilATimeItEndsByItself() throws {
        let deployment = try deployment()
        try deployment.run("disable", "alpha", "--reason", "moves house", "--until", "3d")
        #expect(try overrides(deployment).isEmpty)
        let closure = try health(deployment).closures["alpha.example-https"]
        #expect(closure?.until == .now.advanced(bySeconds: 3 * 86_400))
        #expect(throws: FunctionError.self) {
            try deployment.run("disable", "alpha", "--reason", "x", "--until", "2026-01-01")
        }
    }

    @Test func whatItsReaderWouldRefuseIsNotWritten() throws {
        let deployment = try deployment()
        try deployment.run("set", "beta", "weight=50", "maxShare=12.5", #"onlyCountries=["DE"]"#)
        let before = try overrides(deployment)
        #expect(before.contains(#""weight":50,"maxShare":12.5"#))
        for wrong in ["wieght=5", "weight=-1", "enabled=perhaps", "weight"] {
            #expect(throws: FunctionError.self) { try deployment.run("set", "beta", wrong) }
        }
        #expect(try overrides(deployment) == before)
        try deployment.run("unset", "beta", "maxShare", "onlyCountries")
        #expect(try overrides(deployment) == #"{"beta.example":{"weight":50}}"#)
        #expect(throws: FunctionError.self) { try deployment.run("unset", "beta", "maxShare") }
    }

    @Test(arguments: [
        ["disable", "alpha", "--reason", "x"], ["set", "alpha", "weight=1"],
        ["hold", "europe", "--reason", "x"],
    ])
    func aDryRunWritesNothing(_ arguments: [String]) throws {
        let deployment = try deployment()
        let count = deployment.store.writeCount
        let result = try deployment.program().run(CommandArguments(arguments + ["--dry-run"]))
        #expect(result.text.hasPrefix("would be: "))
        #expect(deployment.store.writeCount == count)
    }

    @Test func aReasonIsWanted() throws {
        let deployment = try deployment()
        #expect(throws: FunctionError.self) { try deployment.run("disable", "alpha") }
        #expect(throws: FunctionError.self) { try deployment.run("hold", "europe") }
    }

    @Test func aHoldKeepsTheMapForADayOrSoLongAsIsSaid() throws {
        let deployment = try deployment()
        try deployment.run("hold", "europe", "--reason", "rolled back")
        let hold = try #require(try deployment.store.mapHold(of: "europe", at: .now))
        #expect(hold.until == .now.advanced(bySeconds: 86_400))
        try deployment.run("hold", "europe", "--reason", "rolled back", "--until", "2h")
        #expect(
            try deployment.store.mapHold(of: "europe", at: .now.advanced(bySeconds: 7300)) == nil
        )
        try deployment.run("release", "europe")
        #expect(try deployment.store.mapHold(of: "europe", at: .now) == nil)
        #expect(try deployment.run("release", "europe").text.hasPrefix("nothing holds"))
        let key = try BlobKey(MapHold.key(of: "europe"))
        try deployment.store.put(key, Array("{".utf8))
        try deployment.run("release", "europe")
        #expect(deployment.store.get(key) == nil, "one that is ignored goes, too")
        #expect(throws: FunctionError.self) {
            try deployment.run("hold", "atlantis", "--reason", "x")
        }
    }
}
