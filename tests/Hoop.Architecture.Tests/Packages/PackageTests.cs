using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Hoop.Architecture.Tests.Packages;

/// <summary>
/// What each package shows is a reviewed file. A line that goes, or changes, breaks programs that were compiled against it; a line that
/// is added is a promise for good.
/// </summary>
public sealed class PackageTests
{
    private const string Regenerate = "HOOP_WRITE_PACKAGES=1 dotnet test tests/Hoop.Architecture.Tests --filter PackageTests";

    private static readonly string Folder = Path.Combine(Product.Root, "docs", "packages", "api");

    /// <summary>By the same places as Directory.Build.targets says.</summary>
    private static readonly string[] Packages =
    [
        .. Product.Files("src", "*.csproj").Select(file => file.Path)
            .Where(path => Regex.IsMatch(path, @"^src/(Modules/|Shared/Hoop\.|Client/)"))
            .Select(path => Path.GetFileNameWithoutExtension(path)),
    ];

    [TestCaseSource(nameof(Packages))]
    public void It_shows_what_was_reviewed_no_less_and_no_more(string package)
    {
        var (file, shown) = (Path.Combine(Folder, package + ".txt"), PublicApi.Render(Assembly.Load(package)));
        if (Environment.GetEnvironmentVariable("HOOP_WRITE_PACKAGES") == "1")
        {
            Directory.CreateDirectory(Folder);
            File.WriteAllText(file, shown);
            return;
        }

        Assert.That(Difference(File.Exists(file) ? File.ReadAllText(file) : "", shown), Is.Empty);
    }

    /// <summary>Empty for two files of the same bytes.</summary>
    private static string Difference(string reviewed, string shown)
    {
        string[] gone = [.. Members(reviewed).Except(Members(shown), StringComparer.Ordinal).Select(member => $"- {member}")];
        string[] added = [.. Members(shown).Except(Members(reviewed), StringComparer.Ordinal).Select(member => $"+ {member}")];
        string[] advice = gone.Length > 0
            ? ["What goes or changes breaks programs that use it. If that is meant, raise the minor version."]
            : added.Length > 0 ? ["What is added stays for good: make it internal, or let it be reviewed as a part of what is sold."]
            : reviewed != shown ? ["The same members in another order or form."]
            : [];
        return advice.Length == 0 ? "" : string.Join('\n', [.. gone, .. added, .. advice, $"Write the file with: {Regenerate}"]);
    }

    /// <summary>Each line with the type that it stands below.</summary>
    private static IEnumerable<string> Members(string text)
    {
        var type = "";
        foreach (var line in text.Split('\n').Where(line => line.Length > 0))
        {
            type = line[0] == ' ' ? type : line;
            yield return line[0] == ' ' ? $"{type}: {line.Trim()}" : line;
        }
    }

    [Test]
    public void What_goes_what_changes_and_what_is_added_is_found_with_the_way_to_write_the_file()
    {
        const string Before = "class A\n  new()\n  void Do(System.String text)\nclass B\n  void Do()\n";
        const string After = "class A\n  new()\n  void Do(System.Int32 count)\n  void More()\nclass C\n  void Do()\n";
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Difference(Before, Before), Is.Empty);
            Assert.That(
                Difference(Before, After).Split('\n'),
                Is.EqualTo(new[]
                {
                    "- class A: void Do(System.String text)", "- class B", "- class B: void Do()",
                    "+ class A: void Do(System.Int32 count)", "+ class A: void More()", "+ class C", "+ class C: void Do()",
                    "What goes or changes breaks programs that use it. If that is meant, raise the minor version.",
                    $"Write the file with: {Regenerate}",
                }));
            Assert.That(Difference(Before, Before + "class C\n"), Does.StartWith("+ class C\nWhat is added stays for good"));
            Assert.That(Difference("", "class C\n"), Does.StartWith("+ class C\n"), "a package without a file");
            Assert.That(Difference("class A\nclass B\n", "class B\nclass A\n"), Does.StartWith("The same members in another order"));
        }
    }

    [Test]
    public void Each_file_is_of_a_package()
    {
        Assert.That(Packages, Has.Length.GreaterThan(8));
        Assert.That(
            Directory.EnumerateFiles(Folder).Select(file => Path.GetFileNameWithoutExtension(file))
                .Except(Packages, StringComparer.Ordinal),
            Is.Empty);
    }

    [Test]
    public void Each_package_says_what_it_is() => Assert.That(
        Product.Files("src", "*.csproj").Where(file =>
            Packages.Contains(Path.GetFileNameWithoutExtension(file.Path), StringComparer.Ordinal)
            && !file.Text.Contains("<Description>", StringComparison.Ordinal)).Select(file => file.Path),
        Is.Empty,
        "give it a <Description>");

    [Test]
    public void A_member_that_changes_is_seen() => Assert.That(
        PublicApi.Render([typeof(MadeUp), typeof(MadeUp.Order), typeof(MadeUp.State), typeof(MadeUp.Find<>)]),
        Is.EqualTo("""
            abstract class Hoop.Architecture.Tests.Packages.MadeUp
              System.String Name { get; }
              System.Threading.Tasks.Task<System.Collections.Generic.IReadOnlyList<T>> Read<T>(System.Guid[] ids)
              const System.Int32 Most = 3
              new()
              static System.Boolean Try(System.String text, ref System.Int32 value, System.Int32 limit = 10)
            interface Hoop.Architecture.Tests.Packages.MadeUp.Find<T>
              T One(System.Nullable<System.Guid> id)
            sealed class Hoop.Architecture.Tests.Packages.MadeUp.Order
              System.Guid Id { get; init; }
              new(System.Guid Id)
            enum Hoop.Architecture.Tests.Packages.MadeUp.State
              Closed = 4
              Open = 0

            """.ReplaceLineEndings("\n")));
}

public abstract class MadeUp
{
    public const int Most = 3;

    private readonly string _name = "made up";

    public string Name => _name;

    public static bool Try(string text, out int value, int limit = 10) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value < limit;

    public Task<IReadOnlyList<T>> Read<T>(Guid[] ids) => Task.FromResult<IReadOnlyList<T>>(_name.Length == 0 ? null! : []);

    internal void Hidden() => _ = Name;

    public sealed record Order(Guid Id);

    public enum State
    {
        Open = 0,
        Closed = 4,
    }

#pragma warning disable CA1715 // The names are for the test.
    public interface Find<T>
    {
        T One(Guid? id);
    }
#pragma warning restore CA1715
}
