package catalogue

import (
	"time"

	"github.com/penstock-dev/penstock/internal/definition"
)

// workloads are the types of spec D3 that deploy to containers, machines and functions.
var workloads = []Type{
	{
		ID: aws("Deploy", "ECS"), About: "Updates the images of an ECS service and waits until it is steady.", Timeout: fixed(time.Hour),
		TypeInfo: definition.TypeInfo{
			Inputs: exactly(1), Outputs: exactly(0),
			Keys: []definition.Key{
				{Name: "ClusterName", Required: true, Description: "cluster"},
				{Name: "ServiceName", Required: true, Description: "service"},
				{Name: "FileName", Description: "file with the names and URIs of the images; default imagedefinitions.json"},
				{Name: "DeploymentTimeout", Kind: definition.Number, Description: "minutes that it may take, up to 60"},
			},
			Check: formats{"DeploymentTimeout": whole(1, 60)}.check,
		},
	},
	{
		ID: aws("Deploy", "EC2"), About: "Copies an artifact to Linux instances and runs scripts there.", Timeout: fixed(time.Hour),
		TypeInfo: definition.TypeInfo{
			Inputs: exactly(1), Outputs: exactly(0), V2: true,
			Keys: []definition.Key{
				{Name: "InstanceTagKey", Required: true, Description: "tag that the instances have"},
				{Name: "InstanceTagValue", Description: "its value"},
				{Name: "InstanceType", Required: true, Values: []string{"EC2", "SSM_MANAGED_NODE"}, Description: "kind of instance"},
				{Name: "TargetDirectory", Description: "folder on the instance; needed with scripts"},
				{Name: "PreScript", Description: "script that runs before the copy"},
				{Name: "PostScript", Description: "script that runs after the copy; needed without DeploySpec"},
				{Name: "DeploySpec", Description: "file in the input that says what is copied and run"},
				{Name: "MaxBatch", Description: "instances at once: a number or a percentage"},
				{Name: "MaxError", Description: "instances that may fail: a number or a percentage"},
				{Name: "TargetGroupNameList", Description: "target groups that the instances leave meanwhile, joined by commas"},
			},
			Check: formats{"MaxBatch": wholeOrShare, "MaxError": wholeOrShare}.check,
		},
		Needs: []Need{
			need(missing("DeploySpec"), "PostScript"),
			need(given("PreScript"), "TargetDirectory"),
			need(given("PostScript"), "TargetDirectory"),
		},
	},
	{
		ID: aws("Deploy", "EKS"), About: "Applies a Helm chart or manifests to a cluster.", Timeout: fixed(time.Hour), Environment: true,
		TypeInfo: definition.TypeInfo{
			Inputs: exactly(1), Outputs: exactly(0), V2: true,
			Keys: []definition.Key{
				{Name: "ClusterName", Required: true, Description: "cluster"},
				{Name: "HelmReleaseName", Description: "Helm release; with HelmChartLocation"},
				{Name: "HelmChartLocation", Description: "chart in the input; with HelmReleaseName"},
				{Name: "HelmValuesFiles", Description: "files of values, joined by commas"},
				{Name: "ManifestFiles", Description: "manifests, joined by commas; instead of Helm"},
				{Name: "Namespace", Description: "Kubernetes namespace"},
				{Name: "Subnets", Description: "subnets, joined by commas"},
				{Name: "SecurityGroupIds", Description: "security groups, joined by commas"},
			},
			Variables: []string{"EKSClusterName"},
		},
		Either: [][]string{{"HelmReleaseName", "HelmChartLocation"}, {"ManifestFiles"}},
		Needs:  []Need{need(given("HelmValuesFiles"), "HelmReleaseName")},
	},
	{
		ID: aws("Deploy", "Lambda"), About: "Publishes a version of a function and shifts traffic to it.", Timeout: fixed(2 * day),
		TypeInfo: definition.TypeInfo{
			Inputs: from(0, 1), Outputs: exactly(0), V2: true,
			Keys: []definition.Key{
				{Name: "FunctionName", Required: true, Description: "function"},
				{Name: "FunctionAlias", Description: "alias whose traffic shifts"},
				{Name: "PublishedTargetVersion", Description: "version to shift to, instead of an input"},
				{
					Name:        "DeployStrategy",
					Description: "AllAtOnce, Canary<p>Percent<m>Minutes or Linear<p>PercentEvery<m>Minutes, for up to two days; default AllAtOnce",
				},
				{Name: "Alarms", Description: "up to 10 alarms that stop it, joined by commas"},
			},
			Variables: []string{"FunctionVersion"},
			Check:     formats{"DeployStrategy": strategy, "Alarms": atMost(10)}.check,
		},
		Needs: []Need{
			need(withInputs(0, 0), "PublishedTargetVersion"),
			need(anythingBut("DeployStrategy", "AllAtOnce"), "FunctionAlias"),
		},
	},
}
