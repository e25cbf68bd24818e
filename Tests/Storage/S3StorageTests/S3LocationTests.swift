import FunctionRuntime
import ObjectStorage
import TestSupport
import Testing

@testable import S3Storage

@Suite struct S3LocationTests {
    private func location(
        prefix: String = "",
        endpoint: String? = nil,
        addressing: S3Location.Addressing? = nil
    ) throws -> S3Location {
        try S3Location(
            bucket: "maps",
            prefix: prefix,
            region: "eu-central-1",
            endpoint: endpoint,
            addressing: addressing
        )
    }

    @Test func addressesAWSByHostAndOthersByPath() throws {
        #expect(try location().bucketURL == "https://maps.s3.eu-central-1.amazonaws.com")
        #expect(
            try location(addressing: .path).bucketURL
                == "https://s3.eu-central-1.amazonaws.com/maps"
        )
        #expect(
            try location(endpoint: "http://[::1]:8333/").bucketURL == "http://[::1]:8333/maps"
        )
        #expect(
            try location(endpoint: "https://s3.example", addressing: .virtualHost).bucketURL
                == "https://maps.s3.example"
        )
    }

    /// libcurl signs the query as it is, so its parameters are sorted and escaped beforehand.
    @Test func sortsAndEscapesTheQuery() throws {
        let url = try location(prefix: "live/one").listingURL(
            prefix: "checks/",
            continuation: "a+b/c=é"
        )
        #expect(
            url == "https://maps.s3.eu-central-1.amazonaws.com/?"
                + "continuation-token=a%2Bb%2Fc%3D%C3%A9&list-type=2&prefix=live%2Fone%2Fchecks%2F"
        )
    }

    @Test(arguments: [
        "", "localhost:8333", "ftp://host", "http://", "http://user:word@host", "http://host/path",
        "http://host?x", "https://host name",
    ])
    func refusesOddEndpoints(_ endpoint: String) throws {
        #expect {
            try location(endpoint: endpoint)
        } throws: { error in
            "\(error)".contains("S3_ENDPOINT") && !"\(error)".contains("word")
        }
    }

    @Test func readsListings() throws {
        let page = try #require(
            Listing(
                Array(
                    """
                    <?xml version="1.0" encoding="UTF-8"?>
                    <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
                    <Name>b</Name><IsTruncated>true</IsTruncated>
                    <Contents><Key>a&amp;b&#x3c;&#62;&lt;&unknown;</Key><Size>12</Size>
                    <LastModified>2026-11-22T16:28:56.000Z</LastModified>
                    <ETag>&quot;9b2cf5&quot;</ETag></Contents>
                    <NextContinuationToken>1/x+y=&quot;</NextContinuationToken>
                    </ListBucketResult>
                    """.utf8
                )
            )
        )
        #expect(page.continuation == "1/x+y=\"")
        #expect(page.objects.first?.key == "a&b<><&unknown;")
        #expect(page.objects.first?.byteCount == 12)
        #expect(page.objects.first?.modifiedAt == 1_795_364_936)
        #expect(page.objects.first?.tag == "\"9b2cf5\"")
    }

    @Test(arguments: [
        "", "<html>", "<ListBucketResult></ListBucketResult>",
        "<IsTruncated>true</IsTruncated>",
        "<Contents><Key>a</Key></Contents><IsTruncated>false</IsTruncated>",
        "<Contents><Key>a</Key><Size>1</Size><LastModified>yesterday</LastModified></Contents>"
            + "<IsTruncated>false</IsTruncated>",
    ])
    func refusesWhatIsNoListing(_ text: String) {
        #expect(Listing(Array(text.utf8)) == nil)
    }

    /// "123456789" has the CRC-32 cbf43926 in every table of check values.
    @Test func writesChecksumsAsS3Does() {
        #expect(PayloadChecksum(of: Array("123456789".utf8)).text == "y/Q5Jg==")
        #expect(PayloadChecksum(of: []).text == "AAAAAA==")
        #expect(PayloadChecksum(text: "y/Q5Jg==-3") == nil)
    }

    @Test func findsCredentialsInOrder() throws {
        let folder = try TemporaryFolder("secrets")
        let variables = [
            "SECRETS_DIR": folder.path, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
            "AWS_SESSION_TOKEN": "c",
        ]
        #expect(try S3Credentials(from: Environment(["SECRETS_DIR": folder.path])) == nil)
        let fromVariables = try S3Credentials(from: Environment(variables))
        #expect(fromVariables?.accessKey == "a")
        #expect(fromVariables?.sessionToken == "c")
        try folder.write("key\n", to: "s3-access-key")
        #expect(throws: StorageError.self) { try S3Credentials(from: Environment(variables)) }
        try folder.write(" secret \n", to: "s3-secret-key")
        let fromFiles = try S3Credentials(from: Environment(variables))
        #expect(fromFiles?.accessKey == "key")
        #expect(fromFiles?.secretKey == "secret")
        #expect(fromFiles?.sessionToken == nil)
        #expect(fromFiles.map { "\($0) \(String(reflecting: $0))" }?.contains("secret") == false)
    }

    @Test func aFunctionThatOnlyReadsTakesTheKeysForReading() throws {
        let folder = try TemporaryFolder("secrets")
        let environment = Environment(["SECRETS_DIR": folder.path])
        try folder.write("all", to: "s3-access-key")
        try folder.write("all", to: "s3-secret-key")
        // A deployment of 0.1.0 has no other secrets.
        #expect(try S3Credentials(from: environment, for: .reading)?.accessKey == "all")
        try folder.write("some", to: "s3-read-access-key")
        #expect(throws: StorageError.self) { try S3Credentials(from: environment, for: .reading) }
        try folder.write("some", to: "s3-read-secret-key")
        #expect(try S3Credentials(from: environment, for: .reading)?.accessKey == "some")
        #expect(try S3Credentials(from: environment)?.accessKey == "all")
        // The redirector may have only its own keys.
        let own = try TemporaryFolder("secrets")
        try own.write("some", to: "s3-read-access-key")
        try own.write("some", to: "s3-read-secret-key")
        let ownEnvironment = Environment(["SECRETS_DIR": own.path])
        #expect(try S3Credentials(from: ownEnvironment, for: .reading)?.secretKey == "some")
        #expect(try S3Credentials(from: ownEnvironment) == nil)
    }

    /// The layout in which `faas-cli generate` mounts them for Knative.
    @Test func findsSecretsThatAreFolders() throws {
        let folder = try TemporaryFolder("secrets")
        for name in ["s3-access-key", "s3-secret-key"] {
            try folder.makeFolder(name)
            try folder.write("\(name)\n", to: "\(name)/\(name)")
        }
        let credentials = try S3Credentials(from: Environment(["SECRETS_DIR": folder.path]))
        #expect(credentials?.accessKey == "s3-access-key")
        #expect(credentials?.secretKey == "s3-secret-key")
    }
}
