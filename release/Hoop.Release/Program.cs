using Hoop.Release;

const string Usage = """
    usage:
      Hoop.Release normalise FILE...                             packages with the same bytes, whenever they were made
      Hoop.Release sbom ROOT VERSION                             CycloneDX of what ROOT/src depends on, by its lock files
      Hoop.Release provenance ROOT VERSION COMMIT FILE...        in-toto statement about the files
      Hoop.Release source-links FILE...                          where the symbols of .snupkg files say that the sources are
      Hoop.Release image ROOTFS NAME:TAG OUTPUT PORT ENTRY...    an OCI image archive with ROOTFS as its one layer
    """;

switch (args)
{
    case ["normalise", _, ..]:
        foreach (var file in args[1..])
        {
            Package.Normalise(file);
        }

        return 0;
    case ["sbom", var root, var version]:
        await Console.Out.WriteAsync(BillOfMaterials.Write(LockFiles.Read(root), version));
        return 0;
    case ["provenance", var root, var version, var commit, _, ..]:
        await Console.Out.WriteAsync(Provenance.Write(LockFiles.Read(root), version, commit, args[4..]));
        return 0;
    case ["source-links", _, ..]:
        foreach (var (name, links) in args[1..].SelectMany(SourceLinks.Read))
        {
            await Console.Out.WriteLineAsync($"{name} {links ?? "none"}");
        }

        return 0;
    case ["image", var rootfs, var name, var output, var port, _, ..]:
        OciImage.Write(rootfs, name, output, port, args[5..]);
        return 0;
    default:
        await Console.Error.WriteLineAsync(Usage);
        return 2;
}
