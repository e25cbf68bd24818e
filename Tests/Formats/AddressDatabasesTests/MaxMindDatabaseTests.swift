import AddressDatabases
import Bytes
import Foundation
import Mirrors
import TestSupport
import Testing

@Suite struct MaxMindDatabaseTests {
    private static func bits(_ address: String, _ prefixLength: Int, v4Only: Bool = false) -> [Int]
    {
        guard let address = IPAddress(address) else { return [] }
        // The databases have IPv4 under ::/96, not under ::ffff:0:0/96.
        let high = address.high
        let low = address.isIPv4 ? address.low & 0xFFFF_FFFF : address.low
        let all = (0..<128).map { (bit: Int) -> Int in
            let word: UInt64 = bit < 64 ? high : low
            return Int(word >> UInt64(63 - bit % 64) & 1)
        }
        if v4Only { return Array(all[96..<96 + prefixLength]) }
        return Array(all[..<(address.isIPv4 ? 96 + prefixLength : prefixLength)])
    }

    /// Records like GeoLite2-Country's: many names around the code, and one record behind a
    /// pointer.
    private static func writer(recordBitCount: Int = 24, ipVersion: Int = 6) -> MaxMindWriter {
        var writer = MaxMindWriter()
        writer.recordBitCount = recordBitCount
        writer.ipVersion = ipVersion
        let isV4Only = ipVersion == 4
        let code = writer.add(.string("DE"))
        let germany = writer.add(
            .map([
                (
                    "continent",
                    .map([("code", .string("EU")), ("names", .map([("en", .string("Europe"))]))])
                ),
                (
                    "country",
                    .map([
                        ("geoname_id", .unsigned(2_921_044)),
                        ("is_in_european_union", .boolean(true)),
                        (
                            "names",
                            .map([("en", .string("Germany")), ("fr", .string("Allemagne"))])
                        ),
                        ("confidence", .array([.double, .unsigned(1)])),
                        ("iso_code", .pointer(code)),
                    ])
                ),
            ])
        )
        _ = writer.add(.string(String(repeating: "x", count: 3_000)))
        let france = writer.add(.map([("country", .map([("iso_code", .string("FR"))]))]))
        let pointed = writer.add(.map([("country", .pointer(france + 9))]))
        let nowhere = writer.add(.map([("registered_country", .string("x"))]))
        writer.insert(bits("192.0.2.0", 24, v4Only: isV4Only), leadingTo: germany)
        writer.insert(bits("198.51.100.128", 25, v4Only: isV4Only), leadingTo: pointed)
        writer.insert(bits("203.0.113.0", 24, v4Only: isV4Only), leadingTo: nowhere)
        if !isV4Only { writer.insert(bits("2001:db8::", 32), leadingTo: france) }
        return writer
    }

    private func country(_ address: String, in bytes: [UInt8]) throws -> String? {
        let database = try MaxMindDatabase(StableBytes(copying: bytes))
        return try database.country(of: #require(IPAddress(address))).map { "\($0)" }
    }

    @Test(arguments: [24, 28, 32])
    func findsTheCountryOfAnAddress(recordBitCount: Int) throws {
        let bytes = Self.writer(recordBitCount: recordBitCount).bytes
        for (address, expected) in [
            ("192.0.2.1", "DE"), ("192.0.2.255", "DE"), ("192.0.3.0", nil),
            ("198.51.100.129", "FR"),
            ("198.51.100.127", nil), ("203.0.113.7", nil), ("2001:db8::1", "FR"),
            ("2001:db9::", nil),
            ("::ffff:192.0.2.1", "DE"), ("0.0.0.0", nil), ("255.255.255.255", nil),
        ] as [(String, String?)] {
            #expect(try country(address, in: bytes) == expected, "\(address)")
        }
    }

    /// Records like GeoLite2-City's.
    private static func cities(_ latitude: MaxMindWriter.Value) -> [UInt8] {
        var writer = MaxMindWriter()
        let city = writer.add(
            .map([
                ("city", .map([("names", .map([("en", .string("Frankfurt"))]))])),
                ("country", .map([("iso_code", .string("DE"))])),
                (
                    "location",
                    .map([
                        ("accuracy_radius", .unsigned(20)), ("latitude", latitude),
                        ("longitude", .number(8.7)), ("time_zone", .string("Europe/Berlin")),
                    ])
                ),
            ])
        )
        writer.insert(bits("192.0.2.0", 24), leadingTo: city)
        return writer.bytes
    }

    @Test func aDatabaseOfCitiesTellsPlaces() throws {
        let address = try #require(IPAddress("192.0.2.1"))
        let elsewhere = try #require(IPAddress("192.0.3.1"))
        let good = try MaxMindDatabase(StableBytes(copying: Self.cities(.number(50.1))))
        #expect(good.tellsPlaces)
        #expect(good.place(of: address) == GeoLocation(latitude: 50.1, longitude: 8.7))
        #expect(good.place(of: elsewhere) == nil)
        #expect(good.country(of: address).map { "\($0)" } == "DE")
        let values: [MaxMindWriter.Value] = [
            .number(91), .number(.nan), .number(.infinity), .string("50.1"), .unsigned(91),
        ]
        for value in values {
            let bad = try MaxMindDatabase(StableBytes(copying: Self.cities(value)))
            #expect(!bad.tellsPlaces)
            #expect(bad.place(of: address) == nil)
            #expect(bad.country(of: address).map { "\($0)" } == "DE")
        }
        let countries = try MaxMindDatabase(StableBytes(copying: Self.writer().bytes))
        #expect(!countries.tellsPlaces)
    }

    @Test func numbersOfHalfTheWidthTellPlacesToo() throws {
        let bytes = Self.cities(.small(50.5))
        let database = try MaxMindDatabase(StableBytes(copying: bytes), of: .places)
        let address = try #require(IPAddress("192.0.2.1"))
        #expect(database.place(of: address) == GeoLocation(latitude: 50.5, longitude: 8.7))
        let (country, place) = database.whereabouts(of: address)
        #expect(country.map { "\($0)" } == "DE")
        #expect(place == GeoLocation(latitude: 50.5, longitude: 8.7))
    }

    /// Records like GeoLite2-ASN's, and like IPinfo's.
    @Test func aDatabaseOfNetworksTellsSystems() throws {
        let records: [([(String, MaxMindWriter.Value)], UInt32?)] = [
            ([("autonomous_system_number", .unsigned(64_500))], 64_500),
            (
                [("autonomous_system_organization", .string("x")), ("asn", .string("AS64500"))],
                64_500
            ),
            ([("asn", .string("4294967295"))], 4_294_967_295),
            ([("asn", .unsigned(7))], 7),
            ([("asn", .string("AS"))], nil), ([("asn", .string("AS4294967296"))], nil),
            ([("asn", .string("AS64500 and more of it"))], nil), ([("asn", .unsigned(0))], nil),
            ([("asn", .number(64_500))], nil), ([("country", .string("DE"))], nil),
        ]
        let address = try #require(IPAddress("192.0.2.1"))
        let other = try #require(IPAddress("192.0.3.1"))
        for (record, number) in records {
            var writer = MaxMindWriter()
            let place = writer.add(.map(record))
            writer.insert(Self.bits("192.0.2.0", 24), leadingTo: place)
            let blob = StableBytes(copying: writer.bytes)
            guard let number else {
                #expect(throws: MaxMindError.noSystems, "\(record)") {
                    try MaxMindDatabase(blob, of: .systems)
                }
                continue
            }
            let database = try MaxMindDatabase(blob, of: .systems)
            #expect(database.system(of: address) == number)
            #expect(database.system(of: other) == nil)
            #expect(database.place(of: address) == nil)
        }
    }

    @Test func anotherKindOfDatabaseIsRefused() throws {
        let countries = StableBytes(copying: Self.writer().bytes)
        #expect(throws: MaxMindError.noPlaces) { try MaxMindDatabase(countries, of: .places) }
        #expect(throws: MaxMindError.noSystems) { try MaxMindDatabase(countries, of: .systems) }
    }

    /// Some writers store a whole number of degrees as an integer.
    @Test func wholeNumbersTellPlacesToo() throws {
        let database = try MaxMindDatabase(
            StableBytes(copying: Self.cities(.unsigned(50))),
            of: .places
        )
        let address = try #require(IPAddress("192.0.2.1"))
        #expect(database.place(of: address) == GeoLocation(latitude: 50, longitude: 8.7))
    }

    /// Databases written by another program: `mmdb-writer`, which `make setup-tests` installs.
    @Test(
        .needs("mmdb-writer", if: OtherMaxMindWriter.isThere)
    )
    func readsWhatAnotherProgramWrites() throws {
        let folder = try TemporaryFolder("mmdb")
        for version in [4, 6] {
            try OtherMaxMindWriter.write(into: folder.path, ipVersion: version)
            func database(
                _ name: String,
                _ content: MaxMindDatabase.Content
            ) throws -> MaxMindDatabase {
                let bytes = try Data(contentsOf: URL(filePath: "\(folder.path)/\(name).mmdb"))
                return try MaxMindDatabase(StableBytes(copying: Array(bytes)), of: content)
            }
            let cities = try database("city", .places)
            let systems = try database("asn", .systems)
            for number in 0..<200 {
                let address = IPAddress(v4: UInt32(10 << 24 | number << 8 | 7))
                let (country, place) = cities.whereabouts(of: address)
                #expect(country.map { "\($0)" } == (number % 2 == 0 ? "DE" : "FR"))
                #expect(
                    place
                        == GeoLocation(
                            latitude: Double(number) / 4 - 20,
                            longitude: Double(number) / 2 - 60
                        )
                )
                #expect(systems.system(of: address) == UInt32(64_000 + number))
            }
            let other = IPAddress(v4: 11 << 24)
            #expect(cities.whereabouts(of: other).place == nil)
            #expect(systems.system(of: other) == nil)
            let six = try #require(IPAddress("2001:db8::1"))
            #expect(systems.system(of: six) == (version == 6 ? 65_000 : nil))
        }
    }

    @Test func aDatabaseOfIPv4KnowsNoOther() throws {
        let bytes = Self.writer(ipVersion: 4).bytes
        #expect(try country("192.0.2.1", in: bytes) == "DE")
        #expect(try country("2001:db8::1", in: bytes) == nil)
    }

    /// Bytes put together from the specification: one node of 24-bit records; its left half, for
    /// the addresses below 128.0.0.0, is the data {"country": {"iso_code": "NL"}}.
    @Test func readsWhatTheSpecificationDescribes() throws {
        var bytes: [UInt8] = [0x00, 0x00, 0x11, 0x00, 0x00, 0x01]
        bytes += [UInt8](repeating: 0, count: 16)
        bytes += [0xE1, 0x47] + Array("country".utf8) + [0xE1, 0x48] + Array("iso_code".utf8)
        bytes += [0x42] + Array("NL".utf8)
        bytes += [0xAB, 0xCD, 0xEF] + Array("MaxMind.com".utf8)
        bytes += [0xE4, 0x5B] + Array("binary_format_major_version".utf8) + [0xA1, 0x02]
        bytes += [0x4A] + Array("ip_version".utf8) + [0xA1, 0x04]
        bytes += [0x4A] + Array("node_count".utf8) + [0xC1, 0x01]
        bytes += [0x4B] + Array("record_size".utf8) + [0xA1, 0x18]
        #expect(try country("127.0.0.1", in: bytes) == "NL")
        #expect(try country("128.0.0.1", in: bytes) == nil)
    }

    /// IPinfo has the code along with everything else; a database of networks' owners has none, and
    /// is refused instead of never giving a result.
    @Test func flatRecordsAreReadAndThoseWithoutCountriesRefused() throws {
        func bytes(_ record: MaxMindWriter.Value) -> [UInt8] {
            var writer = MaxMindWriter()
            let place = writer.add(record)
            writer.insert(Self.bits("192.0.2.0", 24), leadingTo: place)
            return writer.bytes
        }
        let old = bytes(.map([("country", .string("DE")), ("continent", .string("EU"))]))
        #expect(try country("192.0.2.1", in: old) == "DE")
        let lite = bytes(
            .map([
                ("asn", .string("AS64500")), ("country", .string("Germany")),
                ("country_code", .string("DE")),
            ])
        )
        #expect(try country("192.0.2.1", in: lite) == "DE")
        for record: MaxMindWriter.Value in [
            .map([("autonomous_system_organization", .string("Example"))]),
            .map([("country", .string("Germany"))]), .string("DE"),
        ] {
            #expect(throws: MaxMindError.noCountries) {
                try country("192.0.2.1", in: bytes(record))
            }
        }
    }

    // MARK: Damage

    @Test func eachDefectOfTheMetadataHasItsError() throws {
        func error(_ change: (inout MaxMindWriter) -> Void) -> MaxMindError? {
            var writer = Self.writer()
            change(&writer)
            do {
                _ = try MaxMindDatabase(StableBytes(copying: writer.bytes))
                return nil
            } catch {
                return error
            }
        }
        #expect(error { $0.version = 3 } == .unsupportedVersion(3, supported: 2))
        #expect(error { $0.recordBitCount = 16 } == .badMetadata(field: "record_size"))
        #expect(error { $0.ipVersion = 5 } == .badMetadata(field: "ip_version"))
        #expect(throws: MaxMindError.noMetadata) {
            try MaxMindDatabase(StableBytes(copying: []))
        }
        #expect(throws: MaxMindError.noMetadata) {
            try MaxMindDatabase(StableBytes(copying: [UInt8](repeating: 0xAB, count: 200_000)))
        }
        let bytes = Self.writer().bytes
        #expect(throws: MaxMindError.self) {
            // The tree is cut at the front, so it is shorter than the metadata say.
            try MaxMindDatabase(StableBytes(copying: Array(bytes.dropFirst(bytes.count - 200))))
        }
    }

    private static let addresses = ["192.0.2.1", "198.51.100.129", "203.0.113.7", "2001:db8::1"]

    /// Whatever a file contains, it gives a country, or none, or is refused; it never ends the
    /// process.
    @Test func noDamageTraps() throws {
        var writer = MaxMindWriter()
        let code = writer.add(.map([("country", .map([("iso_code", .string("DE"))]))]))
        writer.insert(Self.bits("2001:db8::", 16), leadingTo: code)
        let bytes = writer.bytes
        for bit in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            for address in Self.addresses { _ = try? country(address, in: damaged) }
        }
        for count in 0..<bytes.count {
            _ = try? country("2001:db8::1", in: Array(bytes[..<count]))
            _ = try? country("2001:db8::1", in: Array(bytes[count...]))
        }
    }

    /// A pointer to itself, a map of millions of members, a string beyond the end, a chain of
    /// pointers.
    @Test(
        arguments: [
            [0x20, 0x00],
            [0xFF, 0xFF, 0xFF, 0xFF],
            [0xE1, 0x47, 0x63, 0x6F, 0x75, 0x6E, 0x74, 0x72, 0x79, 0xFF, 0xFF, 0xFF, 0xFF],
            [0xE1, 0x47, 0x63, 0x6F, 0x75, 0x6E, 0x74, 0x72, 0x79, 0x20, 0x00],
            [0xE1, 0x5F, 0xFF, 0xFF, 0xFF],
            [0x20, 0x02, 0x20, 0x04, 0x20, 0x00],
            [0x38, 0xFF, 0xFF, 0xFF, 0xFF],
            [0x1F, 0x04, 0xFF, 0xFF, 0xFF],
            [0x00],
            [],
        ] as [[UInt8]]
    )
    func hostileDataGiveNoCountry(data: [UInt8]) throws {
        var bytes: [UInt8] = [0x00, 0x00, 0x11, 0x00, 0x00, 0x11]
        bytes += [UInt8](repeating: 0, count: 16) + data
        bytes += [0xAB, 0xCD, 0xEF] + Array("MaxMind.com".utf8)
        bytes += [0xE4, 0x5B] + Array("binary_format_major_version".utf8) + [0xA1, 0x02]
        bytes += [0x4A] + Array("ip_version".utf8) + [0xA1, 0x04]
        bytes += [0x4A] + Array("node_count".utf8) + [0xC1, 0x01]
        bytes += [0x4B] + Array("record_size".utf8) + [0xA1, 0x18]
        #expect(throws: MaxMindError.noCountries) { try country("127.0.0.1", in: bytes) }
    }
}

extension OtherMaxMindWriter {
    /// Writes `city.mmdb` and `asn.mmdb` of 200 blocks of IPv4, with names in eight languages, and
    /// one of IPv6.
    fileprivate static func write(into folder: String, ipVersion: Int) throws {
        try run(program, folder, "\(ipVersion)")
    }

    private static let program = """
        import sys
        from netaddr import IPSet
        from mmdb_writer import MMDBWriter

        folder, version = sys.argv[1], int(sys.argv[2])
        names = {language: 'x' * 40 for language in 'de en es fr ja pt-BR ru zh-CN'.split()}

        def writer(kind):
            return MMDBWriter(version, kind, ipv4_compatible=version == 6, int_type='u32', \
            float_type='f64')

        city, asn = writer('Test-City'), writer('Test-ASN')
        for number in range(200):
            block = IPSet([f'10.0.{number}.0/24'])
            city.insert_network(block, {
                'city': {'geoname_id': number, 'names': names},
                'continent': {'code': 'EU', 'names': names},
                'country': {'iso_code': 'FR' if number % 2 else 'DE', 'names': names},
                'location': {'accuracy_radius': 20, 'latitude': number / 4 - 20.0,
                             'longitude': number / 2 - 60.0, 'time_zone': 'Europe/Berlin'},
                'subdivisions': [{'iso_code': 'HE', 'names': names}],
            })
            asn.insert_network(block, {
                'autonomous_system_number': 64000 + number,
                'autonomous_system_organization': f'Example {number}',
            })
        if version == 6:
            asn.insert_network(IPSet(['2001:db8::/32']), {'autonomous_system_number': 65000})
        city.to_db_file(f'{folder}/city.mmdb')
        asn.to_db_file(f'{folder}/asn.mmdb')
        """
}
