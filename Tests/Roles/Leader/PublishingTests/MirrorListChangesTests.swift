import Events
import Mirrors
import Publishing
import Testing

@Suite struct MirrorListChangesTests {
    typealias Change = MirrorListChanges.Change

    private func mirror(
        _ id: String,
        weight: Int = 100,
        rules: MirrorRules = .none,
        isEnabled: Bool = true,
        isListed: Bool = true,
        urls: [String: String]? = nil
    ) throws -> Mirror {
        let points = (urls ?? ["\(id)-http": "http://\(id).example/"]).sorted { $0.key < $1.key }
        return Mirror(
            id: id,
            name: "Mirror \(id)",
            country: try #require(CountryCode("DE")),
            region: "europe",
            weight: weight,
            rules: rules,
            isEnabled: isEnabled,
            isListed: isListed,
            accessPoints: points.map {
                AccessPoint(id: $0.key, scheme: .http, baseURL: $0.value)
            }
        )
    }

    private func changes(_ old: [Mirror], _ new: [Mirror]) -> [Change] {
        MirrorListChanges(from: MirrorList(mirrors: old), to: MirrorList(mirrors: new)).all
    }

    @Test func nothingChangesBetweenEqualListsAndAtTheFirstImport() throws {
        let mirrors = [try mirror("a"), try mirror("b", weight: 50)]
        #expect(changes(mirrors, mirrors) == [])
        #expect(changes([], mirrors) == [])
    }

    @Test func namesAddedAndRemovedMirrors() throws {
        let a = try mirror("a")
        let gone = try mirror("b", isEnabled: false, isListed: false)
        #expect(
            changes([a, try mirror("b")], [a, gone, try mirror("c")]) == [
                Change(kind: .unlisted, subject: "b", text: "Mirror b"),
                Change(kind: .listed, subject: "c", text: "Mirror c"),
            ]
        )
        #expect(changes([a, gone], [a, try mirror("b")]).map(\.kind) == [.listed])
        #expect(changes([a, try mirror("b")], [a]).map(\.kind) == [.unlisted])
    }

    @Test func namesEachURLThatMoved() throws {
        let old = try mirror("a", urls: ["a-http": "http://a/", "a-old": "http://old/"])
        let new = try mirror("a", urls: ["a-http": "http://a2/", "a-new": "http://new/"])
        #expect(
            changes([old], [new]) == [
                Change(kind: .moved, subject: "a-http", was: "http://a/", is: "http://a2/"),
                Change(kind: .moved, subject: "a-new", was: nil, is: "http://new/"),
                Change(kind: .moved, subject: "a-old", was: "http://old/", is: nil),
            ]
        )
    }

    @Test func namesEachKeyThatWasOverridden() throws {
        var rules = MirrorRules()
        rules.maxSharePerMille = MirrorRule(125)
        let new = try mirror("a", weight: 50, rules: rules, isEnabled: false)
        #expect(
            changes([try mirror("a")], [new]) == [
                Change(kind: .override, subject: "a", was: nil, is: "false", text: "enabled"),
                Change(kind: .override, subject: "a", was: nil, is: "12.5", text: "maxShare"),
                Change(kind: .override, subject: "a", was: nil, is: "50", text: "weight"),
            ]
        )
        #expect(changes([new], [try mirror("a")]).last?.was == "50")
    }
}
