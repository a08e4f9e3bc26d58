using System.Reflection;
using System.Text.Json;
using Hoop.Cli.Agent.Channel;
using Hoop.Spiffe.Contracts.AgentChannel;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Agent.Channel;

public sealed class AgentJsonTests
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        TypeInfoResolver = AgentJson.Default,
    };

    private static readonly JsonSerializerOptions Reflected = new(JsonSerializerDefaults.Web);

    public static IEnumerable<Type> Types => new[] { typeof(IAgentClient), typeof(IAgentGateway) }
        .SelectMany(side => side.GetMethods())
        .SelectMany(method => method.GetParameters().Select(parameter => parameter.ParameterType).Append(Returned(method)))
        .Where(type => type != typeof(void) && type != typeof(CancellationToken))
        .Distinct();

    [TestCaseSource(nameof(Types))]
    public void Everything_on_the_channel_is_known_without_reflection(Type type) =>
        Assert.That(AgentJson.Default.GetTypeInfo(type), Is.Not.Null, $"[JsonSerializable(typeof({type.Name}))] is missing");

    [Test]
    public void It_is_written_as_the_gateway_reads_it()
    {
        var request = new ExecutionRequest(
            Guid.Empty, ["sh", "-c"], new Dictionary<string, string>(StringComparer.Ordinal) { ["Key"] = "value" }, "script", 3, 4);

        var text = JsonSerializer.Serialize(request, Options);

        Assert.That(text, Is.EqualTo(JsonSerializer.Serialize(request, Reflected)));
        Assert.That(JsonSerializer.Deserialize<ExecutionRequest>(text, Options)!.Environment, Is.EqualTo(request.Environment));
    }

    private static Type Returned(MethodInfo method) =>
        method.ReturnType.IsGenericType ? method.ReturnType.GetGenericArguments()[0] : typeof(void);
}
