using System.CommandLine;
using System.Diagnostics;
using Hoop.Cli;
using Hoop.Cli.CommandLine;
using Hoop.StandIns;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>
/// Every command of the tree at a gateway, for people and with <c>-o json</c>: first by the built program, then, at a gateway of its own,
/// by the one that <c>HOOP_TEST_CLI</c> names, such as the native one. Each answer of the two is compared.
/// </summary>
internal sealed class WholeTreeTests
{
    private static readonly Verb[] Leaves =
        [.. Below(HoopCommand.Root()).OfType<Verb>().Where(command => command.Subcommands.Count == 0)];

    private GoogleStandIn _google = null!;
    private SpiffeIssuerStandIn _issuer = null!;
    private IdentityProviderStandIn _provider = null!;
    private VaultStandIn _vault = null!;

    [SetUp]
    public async Task Start()
    {
        _google = await GoogleStandIn.Start();
        _issuer = await SpiffeIssuerStandIn.Start("prod.example");
        _provider = await IdentityProviderStandIn.Start("https://hoop.test");
        _vault = await VaultStandIn.Start();
    }

    [TearDown]
    public async Task Stop()
    {
        await _google.DisposeAsync();
        await _issuer.DisposeAsync();
        await _provider.DisposeAsync();
        await _vault.DisposeAsync();
    }

    [Test]
    [CancelAfter(300_000)]
    public async Task Every_command_does_its_work_and_the_native_program_does_the_same()
    {
        Demand();
        await using var built = await WholeTree.Start(isBuilt: true, _google, _issuer, _provider, _vault);
        await built.Tell();

        using (Assert.EnterMultipleScope())
        {
            foreach (var leaf in Leaves)
            {
                var steps = built.Steps.Where(step => step.Command == leaf.Spelled()).ToArray();
                var said = string.Join('\n', steps.Select(step => $"{step.Line}: {step.Ran}"));
                Assert.That(steps.Any(step => step.Ran.Code == 0), Is.True, $"{leaf.Spelled()} was not seen working; {said}");
                Assert.That(
                    !HasOutput(leaf) || steps.Any(step => step.Ran.Code == 0 && step.Words.Contains("json")), Is.True,
                    $"{leaf.Spelled()} -o json was not seen working; {said}");
            }
        }

        await using var named = await WholeTree.Start(isBuilt: false, _google, _issuer, _provider, _vault);
        await named.Tell();
        using (Assert.EnterMultipleScope())
        {
            foreach (var (expected, actual) in built.Steps.Zip(named.Steps))
            {
                Assert.That(actual, Is.EqualTo(expected));
            }

            Assert.That(named.Steps, Has.Count.EqualTo(built.Steps.Count));
        }

        TestContext.Out.WriteLine($"{named.Steps.Count} command lines, the same answers of both programs");
    }

    /// <summary>What needs no gateway: helps, mistakes, completion.</summary>
    [Test]
    [CancelAfter(300_000)]
    public async Task Helps_mistakes_and_completions_of_the_native_program_are_those_of_the_built_one()
    {
        Demand();
        using var hoop = new HoopProcess();
        var count = 0;
        using (Assert.EnterMultipleScope())
        {
            foreach (var command in Below(HoopCommand.Root()))
            {
                var path = command.Spelled().Split(' ')[1..];
                string[][] lines =
                [
                    path, [.. path, "--help"], ["help", .. path], [.. path, "--no-such-option"], [.. path, "-o", "jsno"],
                    [.. path, "one", "two", "three", "four"], ["__complete", .. path, ""], ["__complete", .. path, "-"],
                ];

                // Without words some would begin to work, at a gateway that is not there or at this terminal.
                foreach (var line in command.Subcommands.Count > 0 ? lines : lines[1..])
                {
                    using var output = new StringWriter();
                    using var error = new StringWriter();
                    var code = await HoopCommand.Run(line, output, error);
                    Assert.That(
                        await hoop.Run(line), Is.EqualTo(new Ran(code, output.ToString(), error.ToString())), string.Join(' ', line));
                    count++;
                }
            }
        }

        TestContext.Out.WriteLine($"{count} command lines, the same answers of both programs");
        foreach (var line in new[] { "--help", "__complete admin get ag", "version --client" })
        {
            var took = new List<double>();
            for (var run = 0; run < 15; run++)
            {
                var began = Stopwatch.GetTimestamp();
                await hoop.Run(line.Split(' '));
                took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }

            TestContext.Out.WriteLine($"hoop {line}: {took.Order().ElementAt(7):F1} ms, the median of 15, as this process sees it");
        }
    }

    private static void Demand()
    {
        if (!HoopProgram.IsNamed)
        {
            Assert.Ignore($"{HoopProgram.Variable} names no program to compare with the built one; ./test.sh --native does");
        }
    }

    private static bool HasOutput(Command leaf) =>
        leaf.Path().Any(step => step.Options.Any(option => option == Call.Output && (step == leaf || option.Recursive)));

    private static IEnumerable<Command> Below(Command command) => command.Subcommands.SelectMany(Below).Prepend(command);
}
