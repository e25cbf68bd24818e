import Catalogs
import FileDetailsFormat
import RegionMapFormat

extension Catalog {
    /// A catalog without files.
    static func make(generation: UInt32) -> Catalog {
        var catalog = Catalog()
        catalog.generation = generation
        return catalog
    }
}

extension [UInt8] {
    /// A map without paths.
    static func map(generation: UInt32) throws -> [UInt8] {
        try RegionMapWriter(regionID: "europe", catalogGeneration: generation, builtAt: 1)
            .finished()
    }

    /// The names in the folders of a catalog without files.
    static func folderNames(generation: UInt32) throws -> [UInt8] {
        try FolderNamesWriter(catalogGeneration: generation).finished()
    }

    /// The details of a catalog without files.
    static func details(generation: UInt32) throws -> [UInt8] {
        try FileDetailsWriter(catalogGeneration: generation).finished()
    }
}
