package catalogue

import (
	"time"

	"github.com/penstock-dev/penstock/internal/definition"
)

// codeBuildKeys are those of the CodeBuild actions and of the CodeBuild rule.
var codeBuildKeys = []definition.Key{
	{Name: "ProjectName", Required: true, Description: "CodeBuild project"},
	{Name: "PrimarySource", Role: definition.Input, Description: "input artifact that holds the buildspec; needed with more than one"},
	{Name: "BatchEnabled", Kind: definition.Boolean, Description: "whether it is a batch build"},
	{Name: "CombineArtifacts", Kind: definition.Boolean, Description: "whether a batch puts all its artifacts in one place; needs BatchEnabled"},
	{Name: "EnvironmentVariables", Description: "JSON list of {name, value, type}; type is PLAINTEXT, PARAMETER_STORE or SECRETS_MANAGER"},
}

var codeBuildNeeds = []Need{
	need(withInputs(2, definition.Unbounded), "PrimarySource"),
	needTrue(either("CombineArtifacts", "true"), "BatchEnabled"),
}

var codeBuildFormats = formats{
	"EnvironmentVariables": objects([]string{"name", "value"}, map[string][]string{"type": {"PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER"}}),
}

func codeBuild(category, about string, limit time.Duration) Type {
	return Type{
		ID: aws(category, "CodeBuild"), About: about, Timeout: fixed(limit),
		TypeInfo: definition.TypeInfo{
			Inputs: from(1, 5), Outputs: from(0, 5), Keys: codeBuildKeys, OpenVariables: true, Check: codeBuildFormats.check,
		},
		Needs: codeBuildNeeds,
	}
}

// builds are the types of spec D2 but InspectorScan, which is among the invocations.
var builds = []Type{
	codeBuild("Build", "Runs a CodeBuild project; its variables are those that the buildspec exports.", 36*time.Hour),
	codeBuild("Test", "Runs a CodeBuild project that tests; its variables are those that the buildspec exports.", 8*time.Hour),
	{
		ID: aws("Compute", "Commands"), About: "Runs shell commands; its variables are its outputVariables.", Timeout: fixed(55 * time.Minute),
		TypeInfo: definition.TypeInfo{
			Inputs: from(1, 10), Outputs: from(0, 1), V2: true, Commands: true, OpenVariables: true,
			Keys: []definition.Key{
				{
					Name: "EnvironmentType", Values: []string{"LINUX_CONTAINER", "WINDOWS_SERVER_2022_CONTAINER"},
					Description: "where they run; default LINUX_CONTAINER",
				},
				{
					Name: "ComputeType", Values: []string{"BUILD_GENERAL1_SMALL", "BUILD_GENERAL1_MEDIUM", "BUILD_GENERAL1_LARGE"},
					Description: "size of the machine; default BUILD_GENERAL1_SMALL",
				},
				{Name: "VpcId", Description: "VPC that they run in"},
				{Name: "Subnets", Description: "subnets, joined by commas"},
				{Name: "SecurityGroupIds", Description: "security groups, joined by commas"},
			},
		},
	},
	{
		ID: aws("Build", "ECRBuildAndPublish"), About: "Builds an image and pushes it to ECR.", Timeout: fixed(time.Hour),
		TypeInfo: definition.TypeInfo{
			Inputs: exactly(1), Outputs: exactly(0), V2: true,
			Keys: []definition.Key{
				{Name: "ECRRepositoryName", Required: true, Description: "repository"},
				{Name: "DockerFilePath", Description: "folder of the Dockerfile in the input; default its root"},
				{Name: "ImageTags", Description: "tags, joined by commas; default latest"},
				{Name: "RegistryType", Values: []string{"private", "public"}, Description: "kind of registry; default private"},
			},
			Variables: []string{"ECRImageDigestId", "ECRRepositoryName"},
		},
	},
	{
		ID: aws("Test", "DeviceFarm"), About: "Tests an app on real devices.", Timeout: fixed(time.Hour),
		TypeInfo: definition.TypeInfo{
			Inputs: exactly(1), Outputs: exactly(0), Keys: deviceFarmKeys,
			Check: formats{"FuzzEventCount": whole(1, 10000), "FuzzEventThrottle": whole(1, 1000)}.check,
		},
	},
}

var deviceFarmKeys = []definition.Key{
	{Name: "AppType", Required: true, Values: []string{"iOS", "Android", "Web"}, Description: "platform"},
	{Name: "ProjectId", Required: true, Description: "Device Farm project"},
	{Name: "App", Required: true, Description: "file of the app in the input"},
	{Name: "DevicePoolArn", Required: true, Description: "ARN of the device pool"},
	{Name: "TestType", Required: true, Description: "kind of test, such as Fuzz or Appium"},
	{Name: "AppiumVersion", Description: "accepted and ignored"},
	{Name: "Test", Description: "file of the tests in the input"},
	{Name: "FuzzEventCount", Kind: definition.Number, Description: "events of a fuzz test, 1 to 10000"},
	{Name: "FuzzEventThrottle", Kind: definition.Number, Description: "milliseconds between them, 1 to 1000"},
	{Name: "FuzzRandomizerSeed", Kind: definition.Number, Description: "seed of a fuzz test"},
	{Name: "RadioBluetoothEnabled", Kind: definition.Boolean, Description: "whether Bluetooth is on"},
	{Name: "RadioWifiEnabled", Kind: definition.Boolean, Description: "whether Wi-Fi is on"},
	{Name: "RadioNfcEnabled", Kind: definition.Boolean, Description: "whether NFC is on"},
	{Name: "RadioGpsEnabled", Kind: definition.Boolean, Description: "whether GPS is on"},
	{Name: "RecordVideo", Kind: definition.Boolean, Description: "whether the run is filmed"},
	{Name: "RecordAppPerformanceData", Kind: definition.Boolean, Description: "whether performance is recorded"},
	{Name: "CustomHostMachineArtifacts", Description: "where artifacts are on the host machine"},
	{Name: "CustomDeviceArtifacts", Description: "where artifacts are on the device"},
	{Name: "UnmeteredDevicesOnly", Kind: definition.Boolean, Description: "whether only unmetered devices are used"},
	{Name: "JobTimeoutMinutes", Kind: definition.Number, Description: "minutes a device"},
	{Name: "Latitude", Kind: definition.Number, Description: "place of the device, in degrees"},
	{Name: "Longitude", Kind: definition.Number, Description: "place of the device, in degrees"},
}
