import Mirrors
import Redirection
import RegionMapFormat
import Testing
import Time

@Suite struct SelectionTests {
    static let germany = CountryLetters(Array("DE".utf8).span)
    static let france = CountryLetters(Array("FR".utf8).span)

    func point(
        _ table: inout AccessPointTable,
        _ mirror: String,
        scheme: AccessPoint.Scheme = .http,
        rank: UInt32 = 0,
        weight: UInt32 = 100,
        maxShare: Double = 1,
        country: CountryLetters? = nil,
        hasIPv4: Bool = true,
        baseURL: String? = nil,
        clientCountries: [CountryLetters] = [],
        networks: [RegionMapNetwork] = [],
        networksOnly: Bool = false
    ) {
        let id = Array("\(mirror)-\(scheme)".utf8)
        let mirrorID = Array(mirror.utf8)
        let url = Array((baseURL ?? "\(scheme)://\(mirror).example/").utf8)
        table.append(
            id: id.span,
            mirror: mirrorID.span,
            baseURL: url.span,
            scheme: scheme,
            load: .init(rank: rank, weight: weight, maxShare: maxShare),
            audience: .init(
                hasIPv4: hasIPv4,
                countries: clientCountries,
                networks: networks,
                servesNetworksOnly: networksOnly
            ),
            location: .init(country: country)
        )
        table.finish()
    }

    func chosen(
        _ table: AccessPointTable,
        for client: Client = Client(address: nil),
        path: String = "a",
        limit: Int = 16,
        preferences: Preferences? = nil,
        passingOver attempts: Int = 0,
        preferring seed: UInt64? = nil
    ) -> [String] {
        let key = Rendezvous.key(
            network: client.address?.clientNetwork,
            path: Array(path.utf8).span
        )
        var selection = Selection()
        var chooser = Chooser(
            for: client,
            key: key,
            limit: limit,
            preferences: preferences,
            into: &selection
        )
        chooser.considerOwn(in: table)
        for index in table.entries.indices {
            guard chooser.consider(index, in: table) else { break }
        }
        chooser.finish(in: table, into: &selection)
        selection.passOver(attempts)
        if let seed { selection.prefer(MirrorMark(seed: seed)) }
        return (0..<selection.count).map { position in
            let id = table.id(of: table.entries[selection.accessPoint(at: position)])
            return String(decoding: id.indices.map { id[$0] }, as: UTF8.self)
        }
    }

    @Test func nearerComesFirst() {
        var table = AccessPointTable()
        for rank in 0..<9 { point(&table, "m\(rank)", rank: UInt32(rank)) }
        #expect(chosen(table) == (0..<9).map { "m\($0)-http" })
        #expect(chosen(table, limit: 3) == (0..<3).map { "m\($0)-http" })
    }

    @Test func theClientsCountryComesFirst() {
        var table = AccessPointTable()
        point(&table, "near", rank: 0, country: Self.france)
        point(&table, "nowhere", rank: 1)
        point(&table, "home", rank: 7, country: Self.germany)
        point(&table, "home2", rank: 9, country: Self.germany)
        let german = Client(address: nil, country: Self.germany)
        #expect(
            chosen(table, for: german) == ["home-http", "home2-http", "near-http", "nowhere-http"]
        )
        #expect(chosen(table, for: german, limit: 1) == ["home-http"])
        #expect(chosen(table).first == "near-http")
    }

    @Test func anHTTPSClientIsNeverSentToHTTP() {
        var table = AccessPointTable()
        point(&table, "plain")
        point(&table, "safe", scheme: .https, rank: 5)
        #expect(chosen(table, for: Client(address: nil, isHTTPS: true)) == ["safe-https"])
        #expect(chosen(table) == ["plain-http", "safe-https"])
    }

    @Test(arguments: [false, true])
    func ofOneMirrorTheClientsSchemeIsTaken(isHTTPS: Bool) {
        for order in [[AccessPoint.Scheme.http, .https], [.https, .http]] {
            var table = AccessPointTable()
            for scheme in order { point(&table, "m", scheme: scheme) }
            let client = Client(address: nil, isHTTPS: isHTTPS)
            #expect(chosen(table, for: client) == [isHTTPS ? "m-https" : "m-http"])
        }
    }

    /// A map made by hand may contain any URL; clients are sent to http and https only.
    @Test(
        arguments: [
            (.http, "htnp://example.org/", false), (.https, "http://example.org/", false),
            (.http, "https://example.org/", false), (.http, "http:///", false),
            (.http, "HTTP://example.org/", false), (.https, "javascript://example.org/", false),
            (.http, "http://example.org/?a=/", false), (.http, "http://example.org/#/", false),
            (.http, "http://example.org/\(String(repeating: "a", count: 2048))/", false),
            (.http, "//example.org/", false), (.https, "https://example.org/a/", true),
            (.http, "http://[2001:db8::1]:81/", true),
        ] as [(AccessPoint.Scheme, String, Bool)]
    )
    func aURLThatIsNotOfItsSchemeIsNeverChosen(
        scheme: AccessPoint.Scheme,
        url: String,
        isUsable: Bool
    ) {
        var table = AccessPointTable()
        point(&table, "m", scheme: scheme, baseURL: url)
        let client = Client(address: nil, isHTTPS: false)
        #expect(chosen(table, for: client).isEmpty != isUsable)
        #expect(
            table.exclusion(of: table.entries[0], for: client) == (isUsable ? nil : .unusableURL)
        )
    }

    @Test func everyExclusionHasItsReason() throws {
        var table = AccessPointTable()
        point(&table, "down")
        point(&table, "ftp", scheme: .ftp)
        point(&table, "rsync", scheme: .rsync)
        point(&table, "weightless", weight: 0)
        point(&table, "v6only", hasIPv4: false)
        point(&table, "evil", baseURL: "http://x/\r\nSet-Cookie: a/")
        point(&table, "quote", baseURL: "http://x/\">/")
        point(&table, "noslash", baseURL: "http://example.org")
        point(&table, "plain")
        point(&table, "german", scheme: .https, clientCountries: [try #require(Self.germany)])
        table.apply(try .down("down-http"))
        let client = Client(address: IPAddress("192.0.2.1"), isHTTPS: false)
        let reasons = table.entries.map { table.exclusion(of: $0, for: client) }
        #expect(
            reasons == [
                .down, .scheme, .scheme, .weight, .addressFamily, .unusableURL, .unusableURL,
                .unusableURL, nil, .clientCountry,
            ]
        )
        #expect(chosen(table, for: client) == ["plain-http"])
        let safe = Client(
            address: IPAddress("2001:db8::1"),
            country: Self.germany,
            isHTTPS: true
        )
        #expect(table.exclusion(of: table.entries[8], for: safe) == .downgrade)
        #expect(table.exclusion(of: table.entries[4], for: Client(address: safe.address)) == nil)
        #expect(chosen(table, for: safe) == ["german-https"])
    }

    @Test func unknownHealthIsUp() throws {
        var table = AccessPointTable()
        point(&table, "a")
        table.apply(try .down("somebody-else"))
        #expect(table.upCount == 1)
        table.apply(nil)
        #expect(chosen(table) == ["a-http"])
    }

    @Test func anIndexBeyondTheTableEndsTheChoice() {
        var selection = Selection()
        var chooser = Chooser(for: Client(address: nil), key: 1, limit: 4, into: &selection)
        let goesOn = chooser.consider(0, in: AccessPointTable())
        #expect(!goesOn)
        chooser.finish(in: AccessPointTable(), into: &selection)
        let isEmpty = selection.isEmpty
        #expect(isEmpty)
    }

    // MARK: Rendezvous hashing

    /// A client of the network `number`.
    func client(_ number: Int, host: Int = 1) -> Client {
        Client(address: IPAddress(v4: UInt32(truncatingIfNeeded: 0x0A00_0000 + number << 8 + host)))
    }

    @Test func theSameNetworkGetsTheSameMirror() {
        var table = AccessPointTable()
        for number in 0..<20 { point(&table, "m\(number)") }
        for number in 0..<100 {
            #expect(
                chosen(table, for: client(number)) == chosen(table, for: client(number, host: 99))
            )
        }
    }

    @Test func theLoadFollowsTheWeights() {
        let weights: [UInt32] = [50, 100, 100, 200, 550]
        var table = AccessPointTable()
        for (number, weight) in weights.enumerated() {
            point(&table, "mirror\(number)", weight: weight)
        }
        let clients = 200_000
        var counts: [String: Int] = [:]
        for number in 0..<clients {
            counts[chosen(table, for: client(number), limit: 1)[0], default: 0] += 1
        }
        for (number, weight) in weights.enumerated() {
            let share = Double(counts["mirror\(number)-http"] ?? 0) / Double(clients)
            let expected = Double(weight) / 1000
            // Five standard deviations are between 0.3 and 4.9 % of these shares.
            #expect(abs(share / expected - 1) < 0.05, "weight \(weight): \(share)")
        }
    }

    @Test func theLoadOfOneClientSpreadsOverFiles() {
        var table = AccessPointTable()
        for number in 0..<4 { point(&table, "m\(number)") }
        var counts: [String: Int] = [:]
        for number in 0..<40_000 {
            counts[
                chosen(table, for: client(7), path: "distfiles/f\(number)", limit: 1)[0],
                default: 0
            ] += 1
        }
        #expect(counts.count == 4)
        #expect(counts.values.allSatisfy { abs(Double($0) / 10_000 - 1) < 0.05 })
    }

    @Test func losingAMirrorMovesOnlyItsOwnShare() throws {
        var table = AccessPointTable()
        for number in 0..<8 { point(&table, "m\(number)", weight: UInt32(50 + 25 * number)) }
        var without = table
        without.apply(try .down("m5-http"))
        var moved = 0
        for number in 0..<5_000 {
            let before = chosen(table, for: client(number))
            let after = chosen(without, for: client(number))
            #expect(after == before.filter { $0 != "m5-http" })
            if before[0] == "m5-http" { moved += 1 }
        }
        #expect(moved > 0)
    }

    @Test func theChoiceDoesNotDependOnTheOrderOfTheTable() {
        var table = AccessPointTable()
        var reversed = AccessPointTable()
        for number in 0..<12 { point(&table, "m\(number)") }
        for number in (0..<12).reversed() { point(&reversed, "m\(number)") }
        for number in 0..<100 {
            #expect(
                chosen(table, for: client(number), limit: 5)
                    == chosen(reversed, for: client(number), limit: 5)
            )
        }
    }

    // MARK: Preferences

    func preferences(_ query: String) -> Preferences? {
        RequestQuery(Array(query.utf8).span).preferences
    }

    @Test func aCountryThatIsAskedForComesBeforeTheClientsOwn() {
        var table = AccessPointTable()
        point(&table, "near", rank: 0)
        point(&table, "french", rank: 3, country: Self.france)
        point(&table, "german", rank: 4, country: Self.germany)
        let french = Client(address: nil, country: Self.france)
        let chosen = chosen(table, for: french, limit: 2, preferences: preferences("country=de"))
        #expect(chosen == ["german-http", "near-http"])
    }

    /// Otherwise anybody could claim to be where a mirror's own users are, and get in.
    @Test func aCountryThatIsAskedForOpensNoDoor() throws {
        var table = AccessPointTable()
        point(&table, "open")
        point(
            &table,
            "german",
            country: Self.germany,
            clientCountries: [try #require(Self.germany)]
        )
        #expect(chosen(table, preferences: preferences("country=de")) == ["open-http"])
        let german = Client(address: nil, country: Self.germany)
        #expect(chosen(table, for: german).first == "german-http")
    }

    @Test(arguments: ["avoid=m1", "avoid=m1,nobody", "avoid=x%2Cm1", "avoid=x&avoid=m1"])
    func anAvoidedMirrorIsLeftOut(query: String) {
        var table = AccessPointTable()
        for number in 0..<4 { point(&table, "m\(number)") }
        point(&table, "m1", scheme: .https)
        let all = chosen(table)
        #expect(
            chosen(table, preferences: preferences(query)) == all.filter { !$0.hasPrefix("m1-") }
        )
    }

    @Test func aMirrorThatIsAskedForComesFirstIfItMayBeOffered() {
        var table = AccessPointTable()
        for number in 0..<9 { point(&table, "m\(number)", rank: UInt32(number)) }
        point(&table, "secure", scheme: .https, rank: 10)
        let wished = chosen(table, limit: 3, preferences: preferences("mirror=m8"))
        #expect(wished == ["m8-http", "m0-http", "m1-http"])
        #expect(chosen(table, limit: 1, preferences: preferences("mirror=nobody")) == ["m0-http"])
        let https = Client(address: nil, isHTTPS: true)
        #expect(
            chosen(table, for: https, preferences: preferences("mirror=m8")) == ["secure-https"]
        )
    }

    // MARK: Retries

    @Test func aRetryGetsTheNextCandidate() {
        var table = AccessPointTable()
        for number in 0..<4 { point(&table, "m\(number)") }
        let all = chosen(table)
        for attempts in 0..<9 {
            let first = attempts % 4
            #expect(chosen(table, passingOver: attempts) == Array(all[first...] + all[..<first]))
        }
    }

    @Test func aMirrorThatWasGivenBeforeIsPutFirst() {
        var table = AccessPointTable()
        for number in 0..<4 { point(&table, "m\(number)", rank: UInt32(number)) }
        let seed = Rendezvous.hash(Array("m2".utf8).span)
        #expect(
            chosen(table, preferring: seed) == ["m2-http", "m0-http", "m1-http", "m3-http"]
        )
        #expect(chosen(table, limit: 2, preferring: seed) == ["m0-http", "m1-http"])
    }
}
