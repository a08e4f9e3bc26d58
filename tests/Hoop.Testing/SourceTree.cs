namespace Hoop.Testing;

/// <summary>The checkout that the tests were built from, for tests that read what is written in it.</summary>
public static class SourceTree
{
    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = Find();

    /// <summary>The path of something below it.</summary>
    public static string At(params string[] names) => Path.Combine([Root, .. names]);

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Hoop.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException($"No solution above {AppContext.BaseDirectory}.");
        }

        return folder.FullName;
    }
}
