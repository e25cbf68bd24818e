import Hashing
import Testing

/// The digest of `bytes`, passed in pieces of `pieceByteCount`.
private func digest(
    _ hash: some StreamHash,
    of bytes: [UInt8],
    pieceByteCount: Int = .max
) -> String {
    var hash = hash
    var rest = bytes[...]
    while !rest.isEmpty {
        let piece = Array(rest.prefix(pieceByteCount))
        unsafe hash.update(piece.span.bytes)
        rest = rest.dropFirst(pieceByteCount)
    }
    return hash.finalize().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
}

/// The bytes 0, 1, … 250, 0, … of the self-tests.
private func pattern(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8($0 % 251) }
}

@Suite struct HashingTests {
    static let messages: [(bytes: [UInt8], sha256: String, sha512: String, blake2b: String)] = [
        (
            [],
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
                + "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
            "786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419"
                + "d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce"
        ),
        (
            Array("abc".utf8),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                + "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923"
        ),
        (
            pattern(55),
            "463eb28e72f82e0a96c0a4cc53690c571281131f672aa229e0d45ae59b598b59",
            "6856647f269c2ee3d8128f0b25427659d880641ef343300dd3cd4679168f58d6"
                + "527fda70b4ebc854e2065e172b7d58c1536992c0810599259ba84a2b40c65414",
            "659858f0b5c9edab5b94fd732f6e6b17c51cc096104f09beb3afc3aa467c2ecf"
                + "885c4c6541effa9023d3b5738ae5a14d867e15db06fe1f9d1127b77e1aabb516"
        ),
        (
            pattern(56),
            "da2ae4d6b36748f2a318f23e7ab1dfdf45acdc9d049bd80e59de82a60895f562",
            "8b12b2f6fe400a51d29656e2b8c42a1bbfe6fcf3e425da430db05d1a2dda1479"
                + "0dee20fa8b22d8762afffe4988a5c98a4430d22a17e41e23d90fa61ab75671a9",
            "26cca0126f5d1a813c62e5c71001c046f9c92095704550be5873a495a999ad01"
                + "0a4f79491f24f286500adce1a137bc2084e4949f5b7294cefe51ecaff8e95cba"
        ),
        (
            pattern(64),
            "fdeab9acf3710362bd2658cdc9a29e8f9c757fcf9811603a8c447cd1d9151108",
            "ee4320ebaf3fdb4f2c832b137200c08e235e0fa7bbd0eb1740c7063ba8a0d151"
                + "da77e003398e1714a955d475b05e3e950b639503b452ec185de4229bc4873949",
            "2fc6e69fa26a89a5ed269092cb9b2a449a4409a7a44011eecad13d7c4b045660"
                + "2d402fa5844f1a7a758136ce3d5d8d0e8b86921ffff4f692dd95bdc8e5ff0052"
        ),
        (
            pattern(111),
            "60780e9451bdc43cf4530ffc95cbb0c4eb24dae2c39f55f334d679e076c08065",
            "a1a111449b198d9b1f538bad7f3fc1022b3a5b1a5e90a0bc860de8512746cbc3"
                + "1599e6c834de3a3235327af0b51ff57bf7acf1974a73014d9c3953812edc7c8d",
            "bf23c0c25c8060e4f6995f1623a3bebecaa96e308680000a8aa3cd56bb1a6da0"
                + "99e10d9231b37f4519b2efd2c24de72f31a5f19535241b4a59fa3c03ceb790e7"
        ),
        (
            pattern(112),
            "09373f127d34e61dbbaa8bc4499c87074f2ddb10e1b465f506d7d70a15011979",
            "c5fbd731d19d2ae1180f001be72c2c1aaba1d7b094b3748880e24593b8e117a7"
                + "50e11c1bd867cc2f96dace8c8b74abd2d5c4f236be444e77d30d1916174070b9",
            "877fd652c05281009c0a5250e7a3a671f8b18c108817fe4a874de22da8e45db1"
                + "1958a600c5f62e67d36cbf84474cf244a9c2b03a9fb9dc711cd1a2cab6f3fae0"
        ),
        (
            pattern(119),
            "da18797ed7c3a777f0847f429724a2d8cd5138e6ed2895c3fa1a6d39d18f7ec6",
            "43e497279c2ce805903a33b54b746ea92d607f7c4807986c849823b81097a909"
                + "9b5896ac7cc66df3a93edc8a91b6f3971d6c7f5688daf635737760bd080e27b3",
            "dcc2c4beb9c1f2607b786c20c631972347034c1cc02fcc7d02ff01099cfe1c69"
                + "89840ac213923629113aa8bad713ccf0fe4ce13264fb32b8b0fe372da382544a"
        ),
        (
            pattern(127),
            "92ca0fa6651ee2f97b884b7246a562fa71250fedefe5ebf270d31c546bfea976",
            "eab89674feaa34e27aebeeff3c0a4d70070bb872d5e9f186cf1dbbdee517b6e3"
                + "5724d629ff025a5b07185e911ada7e3c8acf830aa0e4f71777bd2d44f504f7f0",
            "b6292669ccd38d5f01caae96ba272c76a879a45743afa0725d83b9ebb26665b7"
                + "31f1848c52f11972b6644f554c064fa90780dbbbf3a89d4fc31f67df3e5857ef"
        ),
        (
            pattern(128),
            "471fb943aa23c511f6f72f8d1652d9c880cfa392ad80503120547703e56a2be5",
            "1dffd5e3adb71d45d2245939665521ae001a317a03720a45732ba1900ca3b835"
                + "1fc5c9b4ca513eba6f80bc7b1d1fdad4abd13491cb824d61b08d8c0e1561b3f7",
            "2319e3789c47e2daa5fe807f61bec2a1a6537fa03f19ff32e87eecbfd64b7e0e"
                + "8ccff439ac333b040f19b0c4ddd11a61e24ac1fe0f10a039806c5dcc0da3d115"
        ),
        (
            pattern(129),
            "5099c6a56203f9687f7d33f4bfdf576d31dc91f6b695ecea38b2770c87631135",
            "1d9da57fbbdab09afb3506ab2d223d06109d65c1c8ad197f50138f714bc4c3f2"
                + "fe5787922639c680acad1c651f955990425954ce2cba0c5cc83f2667d878eb0f",
            "f59711d44a031d5f97a9413c065d1e614c417ede998590325f49bad2fd444d3e"
                + "4418be19aec4e11449ac1a57207898bc57d76a1bcf3566292c20c683a5c4648f"
        ),
        (
            pattern(255),
            "857df204175f077a9986709897f00ee0bcc0449585248e4b42498337e9329999",
            "e9746a5516961da1fdc8e6c59350cd147b7d80c120cc7ed621399faeb2462c28"
                + "f34217a13009a8e6a721f538356db9a9b64d9a5412e0fd07d24cac1315d95548",
            "fe2c02da499516b0e9fb2dd70c49eb3629039f632e20a880946fb7bc97a7ab09"
                + "deb7d48774d7f0648141c9d9ede19ae6e0dbf07863a128cf4b00195f0f179f74"
        ),
        (
            pattern(1000),
            "4e4c294b331f7a2099a379bec34b9f9fc03dc46ab465d998f4d683da53487e6d",
            "5096498d96f50f9a137c4db5b8b0cd38383ad55350fb5a98805fedc31fa1262f"
                + "1f0cf4d6f12d7ecd8dedd933a4c9126344fe22e937a8ad35fdeae1e876ae698b",
            "c11e1c0340bd7e5a1b275f1230c962fad215ecb1391486e74e31b960a2f29963"
                + "81a5fad092da06841d5f26e38f6ecfeaf441acbcd1c2de61aef121e7927175f5"
        ),
    ]

    @Test(arguments: messages)
    func agreesWithOtherImplementations(
        bytes: [UInt8],
        sha256: String,
        sha512: String,
        blake2b: String
    ) {
        #expect(digest(SHA256(), of: bytes) == sha256)
        #expect(digest(SHA512(), of: bytes) == sha512)
        #expect(digest(BLAKE2b(), of: bytes) == blake2b)
    }

    /// The unkeyed half of the self-test of RFC 7693, appendix E; Python's hashlib gives the same
    /// number.
    @Test func agreesOnTheSelfTestOfTheRFC() {
        func sequence(_ count: Int, seed: UInt32) -> [UInt8] {
            var a: UInt32 = 0xDEAD_4BAD &* seed
            var b: UInt32 = 1
            return (0..<count).map { _ in
                (a, b) = (b, a &+ b)
                return UInt8(b >> 24)
            }
        }
        var grand = BLAKE2b(digestByteCount: 32)
        for byteCount in [20, 32, 48, 64] {
            for length in [0, 3, 128, 129, 255, 1024] {
                let message = sequence(length, seed: UInt32(length))
                let digest = BLAKE2b.digest(of: message, byteCount: byteCount)
                unsafe grand.update(digest.span.bytes)
            }
        }
        #expect(
            digest(grand, of: [])
                == "681f345ad53c6360214ea500fd259edddbca775f605fad81b9b189d6d88e15c6"
        )
    }

    @Test(arguments: [1, 7, 63, 64, 65, 127, 128, 129, 300])
    func doesNotDependOnThePieces(pieceByteCount: Int) {
        for count in [0, 1, 111, 112, 127, 128, 129, 256, 1000] {
            let bytes = pattern(count)
            for hash in [SHA256(), SHA512(), BLAKE2b()] as [any StreamHash] {
                let whole = digest(hash, of: bytes)
                #expect(digest(hash, of: bytes, pieceByteCount: pieceByteCount) == whole)
            }
        }
    }
}
