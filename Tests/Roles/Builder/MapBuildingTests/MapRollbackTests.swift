import JSON
import MapBuilding
import ObjectStorage
import RegionMapFormat
import TestSupport
import Testing

@Suite struct MapRollbackTests {
    let deployment: BuilderDeployment
    var store: InMemoryStore { deployment.store }

    init() throws {
        deployment = try BuilderDeployment()
    }

    private func rollBack(_ region: String = "europe") throws -> JSONValue {
        try MapRollback(store: store, region: region).run()
    }

    @Test func putsThePreviousMapBackAndForth() throws {
        try deployment.deploy(pathCount: 10)
        _ = try deployment.build()
        let first = try #require(store.get(deployment.key)).bytes
        try deployment.deploy(pathCount: 11)
        _ = try deployment.build(age: 60)
        let second = try #require(store.get(deployment.key)).bytes

        #expect(
            try rollBack() == [
                "region": "europe", "generation": 1, "builtAt": "2026-11-22T15:47:00Z", "paths": 10,
                "held": 10, "accessPoints": 5,
            ]
        )
        #expect(store.get(deployment.key)?.bytes == first)
        #expect(store.get(deployment.previousKey)?.bytes == second)
        _ = try rollBack()
        #expect(store.get(deployment.key)?.bytes == second)
        #expect(store.get(deployment.previousKey)?.bytes == first)
    }

    /// Every report identifies its map by a checksum.
    @Test func bringsTheReportBackWithTheMap() throws {
        let reportKey = try BlobKey("maps/europe.report.json")
        try deployment.deploy(pathCount: 10)
        _ = try deployment.build()
        let first = try #require(store.get(reportKey)).bytes
        try deployment.deploy(pathCount: 11)
        _ = try deployment.build(age: 60)
        let second = try #require(store.get(reportKey)).bytes
        #expect(first != second)
        for report in [first, second, first] {
            _ = try rollBack()
            #expect(store.get(reportKey)?.bytes == report)
            let map = try PublishedMap(try #require(store.get(deployment.key)).bytes)
            let json = try JSONValue(parsing: report)
            guard case .object(let object) = json else {
                Issue.record("\(json)")
                return
            }
            #expect(object["mapChecksum"] == .integer(Int64(map.header.bodyChecksum)))
        }
    }

    @Test func doesNotKeepADamagedMapForAWayBack() throws {
        try deployment.deploy()
        _ = try deployment.build()
        let good = try #require(store.get(deployment.key)).bytes
        try store.put(deployment.previousKey, good)
        try store.put(deployment.key, [1, 2, 3])
        _ = try rollBack()
        #expect(store.get(deployment.key)?.bytes == good)
        #expect(store.get(deployment.previousKey)?.bytes == good)
    }

    @Test func putsNoDamagedMapBack() throws {
        try deployment.deploy()
        _ = try deployment.build()
        var bytes = try #require(store.get(deployment.key)).bytes
        bytes[bytes.count - 1] ^= 1
        try store.put(deployment.previousKey, bytes)
        let writeCount = store.writeCount
        let error = try #require(throws: MapBuildingError.self) { try rollBack() }
        #expect(error.description.hasPrefix("maps/europe.previous.map: "))
        #expect(store.writeCount == writeCount)
    }

    @Test func saysWhatIsMissing() throws {
        #expect(throws: MapBuildingError.noMap(name: "maps/europe.previous.map")) {
            try rollBack()
        }
        let error = try #require(throws: MapBuildingError.self) { try rollBack("../x") }
        #expect(error.description.contains("there is no region \"../x\"; known: africa"))
    }
}
