// Drives an endpoint with the official client for JavaScript: every operation once at least, and what it refuses. It fails at the first answer
// that is not what it should be. The endpoint's URL is its one argument; awsapi/sdktest has the action types that its pipelines use.
import assert from "node:assert/strict";
import * as aws from "@aws-sdk/client-codepipeline";

const client = new aws.CodePipelineClient({
  endpoint: process.argv[2],
  region: process.env.REGION,
  credentials: { accessKeyId: process.env.ACCESS_KEY, secretAccessKey: process.env.SECRET_KEY },
  maxAttempts: 1,
});

const account = `arn:aws:codepipeline:${process.env.REGION}:123456789012:`;
const nobody = "00000000-0000-8000-8000-000000000000";
const site = Object.freeze({ pipelineName: "site" });
const deploy = { ...site, stageName: "Deploy" };

const ask = (operation, input = {}) => client.send(new aws[`${operation}Command`](input));

// refused demands an exception, of the client's own class where the model knows it.
async function refused(exception, operation, input) {
  await assert.rejects(ask(operation, input), (e) => {
    assert.equal(e.name, exception, `${operation}: ${e.message}`);
    assert.notEqual(e.message, "");
    assert.equal(e.$metadata.httpStatusCode, 400);
    if (aws[exception]) assert.ok(e instanceof aws[exception], `${operation}: ${exception}`);
    return true;
  });
}

// until asks again and again, for a minute at most.
async function until(what, look) {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    const found = await look();
    if (found) return found;
    await new Promise((go) => setTimeout(go, 20));
  }
  throw new Error(`it took too long: ${what}`);
}

const ended = (pipelineExecutionId, status, pipelineName = "site") =>
  until(`${status} ${pipelineExecutionId}`, async () => {
    const { pipelineExecution: x } = await ask("GetPipelineExecution", { pipelineName, pipelineExecutionId });
    return x.status === status && x;
  });

const stageState = async (name) => (await ask("GetPipelineState", { name: "site" })).stageStates.find((s) => s.stageName === name);

const typeId = (category, owner, provider) => ({ category, owner, provider, version: "1" });
const job = (name, what) => ({ name, actionTypeId: typeId("Test", "Custom", "Job"), configuration: { Do: what } });
const approval = { name: "Release", actionTypeId: typeId("Approval", "AWS", "Manual") };

// declared is a pipeline whose stage Deploy is entered where the variable Target has the value.
const declared = (target, ...actions) => ({
  name: "site",
  roleArn: "arn:aws:iam::123456789012:role/release",
  pipelineType: "V2",
  executionMode: "QUEUED",
  artifactStore: { type: "S3", location: "artifacts" },
  variables: [{ name: "Target", defaultValue: "eu" }],
  stages: [
    {
      name: "Source",
      actions: [
        { name: "Fetch", actionTypeId: typeId("Source", "Custom", "Fetch"), configuration: { Code: "code" }, outputArtifacts: [{ name: "code" }] },
      ],
    },
    {
      name: "Deploy",
      actions,
      beforeEntry: {
        conditions: [
          {
            result: "FAIL",
            rules: [
              {
                name: "Region",
                ruleTypeId: { category: "Rule", owner: "AWS", provider: "VariableCheck", version: "1" },
                configuration: { Variable: "#{variables.Target}", Operator: "EQ", Value: target },
              },
            ],
          },
        ],
      },
    },
  ],
});

async function definitions() {
  const created = await ask("CreatePipeline", { pipeline: declared("eu", job("Ship", "ok")) });
  assert.equal(created.pipeline.version, 1);
  await refused("PipelineNameInUseException", "CreatePipeline", { pipeline: declared("eu", job("Ship", "ok")) });
  await refused("ValidationException", "CreatePipeline", { pipeline: { ...declared("eu", job("Ship", "ok")), name: "a b" } });
  const got = await ask("GetPipeline", { name: "site" });
  assert.deepEqual(got.pipeline, created.pipeline);
  assert.equal(got.metadata.pipelineArn, account + "site");
  assert.ok(got.metadata.created instanceof Date);
  await refused("PipelineVersionNotFoundException", "GetPipeline", { name: "site", version: 9 });
  await refused("PipelineNotFoundException", "GetPipeline", { name: "other" });
  const { pipelines } = await ask("ListPipelines", { maxResults: 10 });
  assert.deepEqual(pipelines.map((p) => [p.name, p.version, p.pipelineType, p.executionMode]), [["site", 1, "V2", "QUEUED"]]);
  await refused("InvalidNextTokenException", "ListPipelines", { nextToken: "nonsense" });
}

async function executions() {
  const first = (await ask("ListPipelineExecutions", site)).pipelineExecutionSummaries[0].pipelineExecutionId;
  await ended(first, "Succeeded");
  const { pipelineExecutionId: second } = await ask("StartPipelineExecution", { name: "site", variables: [{ name: "Target", value: "eu" }] });
  const x = await ended(second, "Succeeded");
  assert.deepEqual(x.variables, [{ name: "Target", resolvedValue: "eu" }]);
  assert.equal(x.artifactRevisions[0].name, "code");
  await refused("PipelineExecutionNotFoundException", "GetPipelineExecution", { ...site, pipelineExecutionId: nobody });
  await refused("PipelineExecutionNotStoppableException", "StopPipelineExecution", { ...site, pipelineExecutionId: second });
  await refused("StageNotRetryableException", "RetryStageExecution", { ...deploy, pipelineExecutionId: second, retryMode: "ALL_ACTIONS" });

  const succeeded = await ask("ListPipelineExecutions", { ...site, filter: { succeededInStage: { stageName: "Deploy" } } });
  assert.deepEqual(succeeded.pipelineExecutionSummaries.map((s) => s.pipelineExecutionId), [second, first]);
  const actions = [];
  for await (const page of aws.paginateListActionExecutions({ client, pageSize: 1 }, { ...site })) actions.push(...page.actionExecutionDetails);
  assert.equal(actions.length, 4);
  assert.ok(actions[0].startTime instanceof Date);
  assert.deepEqual(actions[0].output.outputVariables, { Answer: "42" });
  const { targets } = await ask("ListDeployActionExecutionTargets", { ...site, actionExecutionId: actions[0].actionExecutionId });
  assert.deepEqual(targets, []);
  await refused("ActionExecutionNotFoundException", "ListDeployActionExecutionTargets", { ...site, actionExecutionId: nobody });

  const { pipelineExecutionId: back } = await ask("RollbackStage", { ...deploy, targetPipelineExecutionId: first });
  assert.equal((await ended(back, "Succeeded")).rollbackMetadata.rollbackTargetPipelineExecutionId, first);
  assert.equal((await stageState("Deploy")).latestExecution.type, "ROLLBACK");
  await refused("UnableToRollbackStageException", "RollbackStage", { ...deploy, targetPipelineExecutionId: back });
}

async function gates() {
  const updated = await ask("UpdatePipeline", { pipeline: declared("us", job("Ship", "hold"), { ...approval, runOrder: 2 }) });
  assert.equal(updated.pipeline.version, 2);
  const gate = { ...deploy, transitionType: "Inbound" };
  await ask("DisableStageTransition", { ...gate, reason: "freeze" });
  await refused("StageNotFoundException", "EnableStageTransition", { ...gate, stageName: "Nope" });
  const announced = { ...site, stageName: "Source", actionName: "Fetch", actionRevision: { revisionId: "c0ffee", revisionChangeId: "7", created: new Date() } };
  const { pipelineExecutionId, newRevision } = await ask("PutActionRevision", announced);
  assert.ok(newRevision);
  assert.equal((await ask("PutActionRevision", announced)).newRevision, false);
  const waiting = await until("waiting", async () => (await stageState("Deploy")).inboundExecution);
  assert.equal(waiting.pipelineExecutionId, pipelineExecutionId);
  assert.equal((await stageState("Deploy")).inboundTransitionState.disabledReason, "freeze");
  await ask("EnableStageTransition", gate);

  await ended(pipelineExecutionId, "Failed");
  const { beforeEntryConditionState: before } = await stageState("Deploy");
  assert.equal(before.latestExecution.status, "Failed");
  const { ruleExecutionDetails: rules } = await ask("ListRuleExecutions", { ...site, filter: { pipelineExecutionId } });
  assert.deepEqual(rules.map((r) => [r.ruleName, r.status, r.input.resolvedConfiguration.Variable]), [["Region", "Failed", "eu"]]);
  await ask("OverrideStageCondition", { ...deploy, pipelineExecutionId, conditionType: "BEFORE_ENTRY" });
  await refused("ConditionNotOverridableException", "OverrideStageCondition", { ...deploy, pipelineExecutionId, conditionType: "ON_SUCCESS" });

  await until("work", async () => (await stageState("Deploy")).actionStates[0].latestExecution?.status === "InProgress");
  await ask("StopPipelineExecution", { ...site, pipelineExecutionId, reason: "broken" });
  await refused("DuplicatedStopRequestException", "StopPipelineExecution", { ...site, pipelineExecutionId });
  await ask("StopPipelineExecution", { ...site, pipelineExecutionId, abandon: true });
  await ended(pipelineExecutionId, "Stopped");
}

async function approvals() {
  await ask("UpdatePipeline", { pipeline: declared("eu", job("Ship", "fail"), { ...approval, runOrder: 2 }) });
  const { pipelineExecutionId } = await ask("StartPipelineExecution", { name: "site" });
  await ended(pipelineExecutionId, "Failed");
  await ask("UpdatePipeline", { pipeline: declared("eu", approval) });
  await refused("StageNotRetryableException", "RetryStageExecution", { ...deploy, pipelineExecutionId, retryMode: "FAILED_ACTIONS" });

  const { pipelineExecutionId: next } = await ask("StartPipelineExecution", { name: "site" });
  const answer = (status, token) => ({ ...deploy, actionName: "Release", result: { status, summary: "seen" }, token });
  const open = () => until("an approval", async () => (await stageState("Deploy")).actionStates[0].latestExecution?.token);
  await refused("InvalidApprovalTokenException", "PutApprovalResult", answer("Approved", nobody));
  const token = await open();
  await ask("PutApprovalResult", answer("Rejected", token));
  await refused("ApprovalAlreadyCompletedException", "PutApprovalResult", answer("Approved", token));
  await ended(next, "Failed");
  await ask("RetryStageExecution", { ...deploy, pipelineExecutionId: next, retryMode: "FAILED_ACTIONS" });
  const { approvedAt } = await ask("PutApprovalResult", answer("Approved", await open()));
  assert.ok(approvedAt instanceof Date);
  await ended(next, "Succeeded");
  assert.equal((await stageState("Deploy")).retryStageMetadata.latestRetryTrigger, "ManualStageRetry");
}

async function types() {
  const scan = { category: "Test", provider: "Scan", version: "1" };
  const none = { minimumCount: 0, maximumCount: 0 };
  const created = await ask("CreateCustomActionType", {
    ...scan,
    inputArtifactDetails: none,
    outputArtifactDetails: none,
    configurationProperties: [{ name: "Depth", required: false, key: true, secret: false, type: "Number" }],
    tags: [{ key: "team", value: "web" }],
  });
  assert.equal(created.actionType.id.owner, "Custom");
  await refused("ValidationException", "CreateCustomActionType", { ...scan, inputArtifactDetails: none, outputArtifactDetails: none });
  for (const resourceArn of [account + "site", account + "actiontype:Custom/Test/Scan/1"]) {
    await ask("TagResource", { resourceArn, tags: [{ key: "team", value: "ops" }, { key: "tier", value: "1" }] });
    await ask("UntagResource", { resourceArn, tagKeys: ["tier"] });
    assert.deepEqual((await ask("ListTagsForResource", { resourceArn })).tags, [{ key: "team", value: "ops" }]);
  }
  await refused("ResourceNotFoundException", "ListTagsForResource", { resourceArn: account + "other" });
  await refused("InvalidArnException", "TagResource", { resourceArn: account + "site/Deploy", tags: [] });
  await refused("InvalidTagsException", "UntagResource", { resourceArn: account + "site", tagKeys: ["aws:team"] });

  const { actionTypes } = await ask("ListActionTypes", { actionOwnerFilter: "Custom" });
  assert.deepEqual(actionTypes.map((t) => t.id.provider).sort(), ["Fetch", "Job", "Scan"]);
  assert.equal((await ask("ListRuleTypes")).ruleTypes.length, 6);
  await ask("DeleteCustomActionType", scan);

  const probe = { category: "Test", owner: "ThirdParty", provider: "Probe", version: "1" };
  const { actionType } = await ask("GetActionType", probe);
  await ask("UpdateActionType", { actionType: { ...actionType, description: "Probes" } });
  assert.equal((await ask("GetActionType", probe)).actionType.description, "Probes");
  await refused("ActionTypeNotFoundException", "GetActionType", { ...probe, provider: "Nope" });
}

async function webhooks() {
  const webhook = {
    name: "push",
    targetPipeline: "site",
    targetAction: "Fetch",
    filters: [{ jsonPath: "$.ref", matchEquals: "refs/heads/main" }],
    authentication: "GITHUB_HMAC",
    authenticationConfiguration: { SecretToken: "s3cret" },
  };
  const put = await ask("PutWebhook", { webhook, tags: [{ key: "team", value: "web" }] });
  const resourceArn = put.webhook.arn;
  assert.equal(resourceArn, account + "webhook:push");
  assert.equal(put.webhook.definition.authenticationConfiguration.SecretToken, "****");
  assert.ok(new URL(put.webhook.url).pathname.startsWith("/webhooks/"));
  await refused("InvalidWebhookFilterPatternException", "PutWebhook", { webhook: { ...webhook, filters: [{ jsonPath: "ref" }] } });
  await refused("InvalidWebhookAuthenticationParametersException", "PutWebhook", { webhook: { ...webhook, authenticationConfiguration: {} } });
  await refused("PipelineNotFoundException", "PutWebhook", { webhook: { ...webhook, targetPipeline: "other" } });
  await ask("TagResource", { resourceArn, tags: [{ key: "tier", value: "1" }] });
  await ask("UntagResource", { resourceArn, tagKeys: ["team"] });
  assert.deepEqual((await ask("ListTagsForResource", { resourceArn })).tags, [{ key: "tier", value: "1" }]);
  await ask("RegisterWebhookWithThirdParty", { webhookName: "push" });
  await ask("DeregisterWebhookWithThirdParty", { webhookName: "push" });
  await refused("WebhookNotFoundException", "RegisterWebhookWithThirdParty", { webhookName: "other" });
  await refused("WebhookNotFoundException", "DeregisterWebhookWithThirdParty", { webhookName: "other" });
  const { webhooks: listed } = await ask("ListWebhooks", { MaxResults: 10 });
  assert.deepEqual(listed.map((w) => [w.definition.name, w.url]), [["push", put.webhook.url]]);
  await ask("DeleteWebhook", { name: "push" });
  assert.deepEqual((await ask("ListWebhooks")).webhooks, []);
}

// A pipeline whose second stage is a job for a worker, and then one for a third party.
async function jobs() {
  const none = { minimumCount: 0, maximumCount: 0 };
  const work = typeId("Test", "Custom", "Work");
  const probe = typeId("Test", "ThirdParty", "Probe");
  const details = { inputArtifactDetails: none, outputArtifactDetails: none };
  await ask("CreateCustomActionType", { category: "Test", provider: "Work", version: "1", ...details });
  const { beforeEntry, ...stage } = declared("eu").stages[1];
  const actions = [{ name: "Work", namespace: "Work", actionTypeId: work }, { name: "Probe", actionTypeId: probe, runOrder: 2 }];
  const factory = { ...declared("eu"), name: "factory" };
  await ask("CreatePipeline", { pipeline: { ...factory, stages: [factory.stages[0], { ...stage, actions }] } });
  const pipelineName = "factory";
  const { pipelineExecutionSummaries } = await ask("ListPipelineExecutions", { pipelineName });
  const { pipelineExecutionId } = pipelineExecutionSummaries[0];
  const failureDetails = { type: "JobFailed", message: "it broke", externalExecutionId: "work-7" };
  const poll = () => until("a job", async () => (await ask("PollForJobs", { actionTypeId: work, maxBatchSize: 2 })).jobs[0]);
  const pollThirdParty = () => until("a third party's job", async () => (await ask("PollForThirdPartyJobs", { actionTypeId: probe })).jobs[0]);
  const again = () => ask("RetryStageExecution", { pipelineName, stageName: "Deploy", pipelineExecutionId, retryMode: "FAILED_ACTIONS" });

  const first = await poll();
  assert.equal(first.data.pipelineContext.pipelineExecutionId, pipelineExecutionId);
  await refused("InvalidJobStateException", "PutJobSuccessResult", { jobId: first.id });
  await refused("InvalidNonceException", "AcknowledgeJob", { jobId: first.id, nonce: "99" });
  assert.equal((await ask("AcknowledgeJob", { jobId: first.id, nonce: first.nonce })).status, "InProgress");
  assert.equal((await ask("GetJobDetails", { jobId: first.id })).jobDetails.accountId, "123456789012");
  await ask("PutJobFailureResult", { jobId: first.id, failureDetails });
  await refused("InvalidJobStateException", "PutJobFailureResult", { jobId: first.id, failureDetails });
  await refused("JobNotFoundException", "GetJobDetails", { jobId: nobody });
  await ended(pipelineExecutionId, "Failed", pipelineName);
  await again();
  const second = await poll();
  await ask("AcknowledgeJob", { jobId: second.id, nonce: second.nonce });
  await ask("PutJobSuccessResult", {
    jobId: second.id,
    outputVariables: { Answer: "42" },
    executionDetails: { summary: "done", externalExecutionId: "work-8", percentComplete: 100 },
  });

  for (const [operation, status, result] of [
    ["PutThirdPartyJobFailureResult", "Failed", { failureDetails }],
    ["PutThirdPartyJobSuccessResult", "Succeeded", { executionDetails: { summary: "probed" } }],
  ]) {
    const job = await pollThirdParty();
    const known = { jobId: job.jobId, clientToken: job.clientId };
    await refused("InvalidClientTokenException", "GetThirdPartyJobDetails", { ...known, clientToken: nobody });
    const { jobDetails } = await ask("GetThirdPartyJobDetails", known);
    assert.equal(jobDetails.data.pipelineContext.action.name, "Probe");
    await refused("InvalidClientTokenException", "AcknowledgeThirdPartyJob", { ...known, clientToken: nobody, nonce: jobDetails.nonce });
    assert.equal((await ask("AcknowledgeThirdPartyJob", { ...known, nonce: jobDetails.nonce })).status, "InProgress");
    await ask(operation, { ...known, ...result });
    await refused("InvalidJobStateException", operation, { ...known, ...result });
    await ended(pipelineExecutionId, status, pipelineName);
    if (status === "Failed") await again();
  }
  const { actionExecutionDetails: ran } = await ask("ListActionExecutions", { pipelineName });
  const worked = ran.find((a) => a.actionName === "Work" && a.status === "Succeeded");
  assert.deepEqual(worked.output.outputVariables, { Answer: "42" });
  await ask("DeletePipeline", { name: pipelineName });
}

await definitions();
await executions();
await gates();
await approvals();
await types();
await webhooks();
await jobs();
await ask("DeletePipeline", { name: "site" });
await refused("PipelineNotFoundException", "GetPipelineState", { name: "site" });
