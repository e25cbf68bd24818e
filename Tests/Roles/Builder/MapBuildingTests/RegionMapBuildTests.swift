import Catalogs
import MapBuilding
import Mirrors
import ObjectStorage
import RegionMapFormat
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite struct RegionMapBuildTests {
    /// The number of deployments that are tried; `make test-maps` tries ten thousand.
    static let caseCount =
        unsafe getenv("PROPERTY_CASES").flatMap { unsafe Int(String(cString: $0)) } ?? 250

    /// Each deployment goes through storage from beginning to end.
    @Test(arguments: 0..<10)
    func agreesWithAPlainDictionary(part: Int) throws {
        for number in stride(from: part, to: Self.caseCount, by: 10) {
            let deployment = RandomDeployment(seed: UInt64(number))
            let store = try deployment.stored()
            var settings = MapPublication.Settings()
            settings.maximumAge = RandomDeployment.maximumAge
            _ = try MapPublication(store: store, settings: settings, now: .now).run()
            let map = try #require(store.get(BlobKey("maps/here.map"))).bytes
            let model = MapModel(deployment)
            try expectPaths(in: map, model.replicas, of: deployment, number)
            try expectAccessPoints(in: map, model, number)
        }
    }

    private func expectPaths(
        in map: [UInt8],
        _ expected: [[UInt8]: [AccessPoint.ID]],
        of deployment: RandomDeployment,
        _ number: Int
    ) throws {
        for (path, ids) in expected {
            #expect(try replicas(map, of: path) == ids, "\(number)")
        }
        var unknown: [[UInt8]] = ["", "one", "one/", "one/x", "two/deep", "other"].map {
            Array($0.utf8)
        }
        for id in deployment.catalog.ids {
            let path = deployment.catalog[id].path.bytes
            unknown += [path, path + [UInt8(ascii: "/")]].filter { expected[$0] == nil }
        }
        for path in unknown {
            #expect(try replicas(map, of: path) == nil, "\(number)")
        }
    }

    /// Expects the ranks by country and the rules about clients.
    private func expectAccessPoints(in bytes: [UInt8], _ model: MapModel, _ number: Int) throws {
        let map = try unsafe RegionMap(bytes.span.bytes)
        let points = (0..<map.header.accessPointCount).compactMap {
            map.accessPointWithStrings(at: $0)
        }
        for point in points {
            let rules = try #require(model.clientRules(of: point.id), "\(number)")
            #expect(point.clientCountries == rules.countries, "\(number)")
            #expect(point.excludesClientCountries == rules.isExcept, "\(number)")
            #expect(Int(point.maxSharePerMille) == rules.share, "\(number)")
            let (networks, isOnly) = model.networks(of: point.id)
            #expect(point.networks == networks, "\(number)")
            #expect(point.servesNetworksOnly == isOnly, "\(number)")
        }
        for country in RandomDeployment.countries {
            let letters = Array(country.letters.utf8)
            let code = try #require(
                RegionMapCountry(rawValue: UInt16(letters[0]) | UInt16(letters[1]) << 8)
            )
            let expected = model.ranks(for: country)
            guard let ranks = map.ranks(for: code) else {
                #expect(expected == nil, "\(number)")
                continue
            }
            for (index, point) in points.enumerated() {
                let rank = unsafe ranks.unsafeLoad(fromByteOffset: index, as: UInt8.self)
                #expect(Int(rank) == expected?[point.id], "\(number)")
            }
        }
    }
}
