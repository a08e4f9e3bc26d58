using System.Diagnostics;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hoop.Shared.Http;

/// <summary>
/// Maps handlers as the framework does, but writes the code that reads their requests at the first request instead of at the first
/// request to any of them: three hundred such readers were two thirds of the time from start to ready. What the handler takes and
/// answers is still looked at when the application starts. Found before the framework's own methods, since a group is what slices map on.
/// </summary>
public static class LateHandlers
{
    private static readonly string[] Get = [HttpMethods.Get];
    private static readonly string[] Post = [HttpMethods.Post];
    private static readonly string[] Put = [HttpMethods.Put];
    private static readonly string[] Patch = [HttpMethods.Patch];
    private static readonly string[] Delete = [HttpMethods.Delete];

    private static readonly MethodInfo AnswerOf =
        typeof(LateHandlers).GetMethod(nameof(Answer), BindingFlags.NonPublic | BindingFlags.Static)!;

    public static RouteHandlerBuilder MapGet(this RouteGroupBuilder group, string pattern, Delegate handler) =>
        group.MapMethods(pattern, Get, handler);

    public static RouteHandlerBuilder MapPost(this RouteGroupBuilder group, string pattern, Delegate handler) =>
        group.MapMethods(pattern, Post, handler);

    public static RouteHandlerBuilder MapPut(this RouteGroupBuilder group, string pattern, Delegate handler) =>
        group.MapMethods(pattern, Put, handler);

    public static RouteHandlerBuilder MapPatch(this RouteGroupBuilder group, string pattern, Delegate handler) =>
        group.MapMethods(pattern, Patch, handler);

    public static RouteHandlerBuilder MapDelete(this RouteGroupBuilder group, string pattern, Delegate handler) =>
        group.MapMethods(pattern, Delete, handler);

    public static RouteHandlerBuilder MapMethods(
        this RouteGroupBuilder group, string pattern, IEnumerable<string> methods, Delegate handler) =>
        RouteHandlerServices.Map(group, pattern, handler, methods, Infer, Late);

    // To look at a parameter that reads the request itself is to compile its reader, and nothing is to be found there: only at what such a
    // handler answers is looked.
    private static RequestDelegateMetadataResult Infer(MethodInfo method, RequestDelegateFactoryOptions? options)
    {
        if (!method.GetParameters().Any(ReadsItself))
        {
            return RequestDelegateFactory.InferMetadata(method, options);
        }

        // Without what the framework keeps beside: the parameters of the handler that was looked at.
        var answer = RequestDelegateFactory.InferMetadata(AnswerOf.MakeGenericMethod(method.ReturnType), options);
        return new RequestDelegateMetadataResult { EndpointMetadata = answer.EndpointMetadata };
    }

    private static T Answer<T>() => throw new UnreachableException();

    private static bool ReadsItself(ParameterInfo parameter) =>
        parameter.ParameterType.GetMethod("BindAsync", BindingFlags.Public | BindingFlags.Static) is not null;

    private static RequestDelegateResult Late(
        Delegate handler, RequestDelegateFactoryOptions options, RequestDelegateMetadataResult? metadata)
    {
        var reader = new Lazy<RequestDelegate>(() => RequestDelegateFactory.Create(handler, options, metadata).RequestDelegate);
        return new RequestDelegateResult(context => reader.Value(context), metadata?.EndpointMetadata ?? []);
    }
}
