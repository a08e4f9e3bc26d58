using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Hoop.Identity.Vault;

/// <summary>What every answer of Vault is wrapped in. All eight members are always there, because typed clients read them.</summary>
/// <param name="RequestId">The trace id of the request in the form of a uuid, so that a client's report leads to the log.</param>
internal sealed record VaultEnvelope<T>(
    Guid RequestId,
    string LeaseId,
    bool Renewable,
    int LeaseDuration,
    T? Data,
    object? WrapInfo,
    IReadOnlyList<string>? Warnings,
    object? Auth);

internal static class VaultEnvelope
{
    public static Guid RequestId() =>
        Activity.Current is { } activity ? Guid.ParseExact(activity.TraceId.ToHexString(), "N") : Guid.NewGuid();
}

/// <summary>200 with <typeparamref name="T"/> in the envelope, 204 when there is nothing to say, or an error as Vault writes it.</summary>
internal sealed class VaultAnswer<T>(Error? error, T? data, IReadOnlyList<string>? warnings) : IResult, IEndpointMetadataProvider
    where T : class
{
    private bool _onTop;

    /// <summary>True when warnings are worth a body that holds nothing else.</summary>
    public bool SendsWarnings { get; init; }

    /// <summary>
    /// Repeats the members of <c>data</c> beside the envelope's: old paths below <c>sys/</c> had no envelope once, and clients of that time
    /// read them there.
    /// </summary>
    public VaultAnswer<T> OnTop()
    {
        _onTop = true;
        return this;
    }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        if (error is not null)
        {
            return Surface.Write(httpContext, error);
        }

        if (data is null && !(SendsWarnings && warnings is { Count: > 0 }))
        {
            httpContext.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }

        var envelope = new VaultEnvelope<T>(
            VaultEnvelope.RequestId(), LeaseId: "", Renewable: false, LeaseDuration: 0, data, WrapInfo: null, warnings, Auth: null);
        return _onTop
            ? WriteOnTop(httpContext, envelope)
            : JsonAnswer.Write(httpContext, envelope);
    }

    private static Task WriteOnTop(HttpContext context, VaultEnvelope<T> envelope)
    {
        var options = context.RequestServices.GetRequiredService<IOptions<Microsoft.AspNetCore.Http.Json.JsonOptions>>();
        var whole = JsonSerializer.SerializeToNode(envelope, options.Value.SerializerOptions)!.AsObject();
        foreach (var (name, value) in whole["data"] is JsonObject data ? [.. data] : Array.Empty<KeyValuePair<string, JsonNode?>>())
        {
            whole.TryAdd(name, value?.DeepClone());
        }

        return context.Response.WriteAsJsonAsync(whole, context.RequestAborted);
    }

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        ErrorMetadata.Add(builder, StatusCodes.Status200OK, typeof(VaultEnvelope<T>));
}

internal static class VaultAnswers
{
    /// <summary>204, or 200 with warnings when there are any.</summary>
    public static VaultAnswer<object> ToVaultNothing<T>(this Result<T> result, Func<T, IReadOnlyList<string>?> warnings) =>
        result.Succeeded(out var value, out var error)
            ? new(error: null, data: null, warnings(value)) { SendsWarnings = true }
            : new(error, data: null, warnings: null);

    public static VaultAnswer<T> ToVault<T>(this Result<T> result)
        where T : class => result.ToVault(value => value, warnings: null);

    /// <summary>Shows what <paramref name="data"/> makes of the value; null gives 204.</summary>
    public static VaultAnswer<TData> ToVault<T, TData>(this Result<T> result, Func<T, TData?> data, IReadOnlyList<string>? warnings)
        where TData : class =>
        result.Succeeded(out var value, out var error) ? new(error: null, data(value), warnings) : new(error, data: null, warnings: null);
}
