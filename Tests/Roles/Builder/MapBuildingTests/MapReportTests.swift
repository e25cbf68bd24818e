import Catalogs
import CheckStates
import JSON
import MapBuilding
import Mirrors
import ObjectStorage
import RegionMapFormat
import TestSupport
import Testing

@Suite struct MapReportTests {
    let deployment: BuilderDeployment
    var store: InMemoryStore { deployment.store }

    init() throws {
        deployment = try BuilderDeployment()
    }

    private func report() throws -> JSONObject {
        let bytes = try #require(store.get(BlobKey("maps/europe.report.json"))).bytes
        return try #require(try JSONValue(parsing: bytes).object)
    }

    private func mirrors() throws -> [JSONObject] {
        guard case .array(let mirrors)? = try report()["mirrors"] else { return [] }
        return mirrors.compactMap(\.object)
    }

    private func points(of mirror: JSONObject) -> [JSONObject] {
        guard case .array(let points)? = mirror["accessPoints"] else { return [] }
        return points.compactMap(\.object)
    }

    @Test func namesTheMapItExplains() throws {
        try deployment.deploy()
        _ = try deployment.build()
        let bytes = try #require(store.get(deployment.key)).bytes
        let header = try unsafe RegionMap(bytes.span.bytes).header
        let report = try report()
        #expect(report["version"] == 1)
        #expect(report["region"] == "europe")
        #expect(report["builtAt"] == "2026-11-22T15:47:00Z")
        #expect(report["catalogGeneration"] == 1)
        #expect(report["mapChecksum"] == .integer(Int64(header.bodyChecksum)))
    }

    @Test func ranksAreIndexesInTheMap() throws {
        try deployment.deploy(pathCount: 3, heldCount: 2)
        _ = try deployment.build()
        let map = try PublishedMap(try #require(store.get(deployment.key)).bytes)
        for mirror in try mirrors() {
            let point = try #require(points(of: mirror).first)
            guard case .integer(let rank)? = point["rank"] else {
                Issue.record("no rank in \(point)")
                continue
            }
            #expect(.string(map.accessPoints[Int(rank)].id) == point["id"])
            #expect(point["heldPaths"] == 2)
            #expect(point["verifiedAt"] == "2026-11-22T15:47:00Z")
            #expect(point["excluded"] == .null)
            #expect(point["score"] == .number(20))
            #expect(point["group"] == 0)
            #expect(
                point["reasons"] == [
                    "basis": "distance", "distanceKilometres": 0, "isHome": true,
                    "errorFactor": .number(1), "lagFactor": .number(1),
                ]
            )
        }
    }

    @Test func showsWhatWasMeasured() throws {
        try deployment.deploy(mirrorCount: 1)
        var samples = ProbeSamples.Samples()
        for time in [40, nil, 44, 42, 46, 44, nil, 44, 44, 44] as [Int64?] { samples.add(time) }
        var all = ProbeSamples()
        all.accessPoints["m0-http"] = samples
        try store.put(BlobKey("latency/europe.json"), all.json.serialized())
        try deployment.appear(after: [7_300, 43_300, 86_400], at: "m0-http")
        _ = try deployment.build()
        let mirror = try #require(try mirrors().first)
        let point = try #require(points(of: mirror).first)
        #expect(
            point["reasons"] == [
                "basis": "measured", "distanceKilometres": 0, "latencyMilliseconds": 44,
                "isHome": true, "errorsPerMille": 200, "errorFactor": .number(1.8),
                "lagMinutes": 720, "lagFactor": .number(1.125),
            ]
        )
        #expect(
            point["newFiles"] == [
                "batches": 1, "halfMinutes": 120, "ninetyMinutes": 720, "allMinutes": 1440,
            ]
        )
        let map = try PublishedMap(try #require(store.get(deployment.key)).bytes)
        #expect(map.accessPoints.first?.latencyMilliseconds == 44)
        #expect(map.accessPoints.first?.errorsPerMille == 200)
        #expect(map.accessPoints.first?.lagMinutes == 720)
    }

    @Test func everyExclusionHasAReason() throws {
        try deployment.deploy(mirrorCount: 0)
        let germany = try #require(CountryCode("DE"))
        var httpsOnly = MirrorRules()
        httpsOnly.httpsOnly = MirrorRule(true)
        var elsewhere = MirrorRules()
        elsewhere.prefixes = MirrorRule([TreePath("elsewhere")])
        func mirror(
            _ reason: MapExclusion,
            _ scheme: AccessPoint.Scheme = .http,
            weight: Int = 100,
            rules: MirrorRules = .none
        ) -> Mirror {
            let id = reason.rawValue.lowercased()
            return Mirror(
                id: id,
                name: id,
                country: germany,
                region: "europe",
                weight: weight,
                rules: rules,
                isEnabled: reason != .disabled && reason != .notListed,
                isListed: reason != .notListed,
                accessPoints: [
                    AccessPoint(id: id, scheme: scheme, baseURL: "\(scheme)://\(id)/")
                ]
            )
        }
        let mirrors = [
            mirror(.notListed), mirror(.disabled), mirror(.weight, weight: 0),
            mirror(.scheme, .rsync), mirror(.httpsOnly, rules: httpsOnly), mirror(.neverChecked),
            mirror(.nothingHeld), mirror(.rules, rules: elsewhere),
        ]
        #expect(mirrors.count == MapExclusion.allCases.count)
        try store.publish(mirrors)
        for mirror in mirrors where mirror.id != "neverchecked" {
            let point = mirror.accessPoints[0]
            var state = CheckState(accessPointID: point.id, baseURL: point.baseURL)
            for id in (0..<10).map({ FileID($0) }) {
                state[id] = .make(mirror.id == "nothingheld" ? .absent : .present)
            }
            try store.publish(state)
        }
        _ = try deployment.build()
        for (mirror, reason) in zip(try self.mirrors(), MapExclusion.allCases) {
            let point = try #require(points(of: mirror).first)
            #expect(point["excluded"] == .string(reason.rawValue))
            #expect(point["rank"] == .null)
            #expect(point["reasons"] == nil)
        }
    }

    @Test func countsWhatRulesExcludeAndWouldExclude() throws {
        var rules = MirrorRules()
        rules.prefixes = MirrorRule([TreePath("0"), TreePath("1")])
        rules.maximumFileSize = MirrorRule(9, isReportOnly: true)
        rules.httpsOnly = MirrorRule(true, isReportOnly: true)
        rules.maxSharePerMille = MirrorRule(125)
        try deployment.deploy(mirrorCount: 1, rules: { _ in rules })
        _ = try deployment.build()
        let mirror = try #require(try mirrors().first)
        #expect(mirror["maxShare"] == .number(12.5))
        let point = try #require(points(of: mirror).first)
        #expect(point["heldPaths"] == 2)
        #expect(
            point["ruleExclusions"] == [
                "prefixes": ["files": 8, "reportOnly": false],
                "maximumFileSize": ["files": 10, "reportOnly": true],
                "httpsOnly": ["files": 2, "reportOnly": true],
            ]
        )
    }
}

extension JSONValue {
    fileprivate var object: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }
}
