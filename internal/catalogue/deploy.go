package catalogue

import (
	"time"

	"github.com/penstock-dev/penstock/internal/definition"
)

// deployments are the types of spec D3; those of CloudFormation and of machines have files of their own.
var deployments = []Type{
	{
		ID: aws("Deploy", "S3"), About: "Uploads an artifact to a bucket.", Timeout: fixed(90 * time.Minute),
		TypeInfo: definition.TypeInfo{
			Inputs: exactly(1), Outputs: exactly(0),
			Keys: []definition.Key{
				{Name: "BucketName", Required: true, Description: "bucket"},
				{Name: "Extract", Required: true, Kind: definition.Boolean, Description: "whether the artifact's files are uploaded, and not its ZIP"},
				{Name: "ObjectKey", Description: "key of the object, or prefix of the files; {datetime} and {uuid} are replaced"},
				{Name: "KMSEncryptionKeyARN", Description: "ARN of the key that encrypts; default the service's own"},
				{Name: "CannedACL", Description: "canned ACL of the objects"},
				{Name: "CacheControl", Description: "Cache-Control of the objects"},
			},
		},
		Needs: []Need{need(either("Extract", "false"), "ObjectKey")},
	},
	{
		ID: aws("Deploy", "CodeDeploy"), About: "Runs a CodeDeploy deployment.", Timeout: fixed(5 * day),
		TypeInfo: definition.TypeInfo{
			Inputs: exactly(1), Outputs: exactly(0),
			Keys: []definition.Key{
				{Name: "ApplicationName", Required: true, Description: "CodeDeploy application"},
				{Name: "DeploymentGroupName", Required: true, Description: "deployment group"},
			},
		},
	},
	{
		ID: aws("Deploy", "CodeDeployToECS"), About: "Runs a blue/green deployment of an ECS service.", Timeout: fixed(5 * day),
		TypeInfo: definition.TypeInfo{
			Inputs: from(1, 5), Outputs: exactly(0),
			Keys: []definition.Key{
				{Name: "ApplicationName", Required: true, Description: "CodeDeploy application"},
				{Name: "DeploymentGroupName", Required: true, Description: "deployment group"},
				{Name: "TaskDefinitionTemplateArtifact", Required: true, Role: definition.Input, Description: "input artifact with the task definition"},
				{Name: "AppSpecTemplateArtifact", Required: true, Role: definition.Input, Description: "input artifact with the AppSpec file"},
				{Name: "TaskDefinitionTemplatePath", Description: "file of the task definition; default taskdef.json"},
				{Name: "AppSpecTemplatePath", Description: "AppSpec file; default appspec.yaml"},
				{Name: "Image1ArtifactName", Role: definition.Input, Description: "input artifact with the first image"},
				{Name: "Image1ContainerName", Description: "its placeholder in the task definition"},
				{Name: "Image2ArtifactName", Role: definition.Input, Description: "input artifact with the second image"},
				{Name: "Image2ContainerName", Description: "its placeholder in the task definition"},
				{Name: "Image3ArtifactName", Role: definition.Input, Description: "input artifact with the third image"},
				{Name: "Image3ContainerName", Description: "its placeholder in the task definition"},
				{Name: "Image4ArtifactName", Role: definition.Input, Description: "input artifact with the fourth image"},
				{Name: "Image4ContainerName", Description: "its placeholder in the task definition"},
			},
		},
	},
	{
		ID: aws("Deploy", "ElasticBeanstalk"), About: "Deploys to an Elastic Beanstalk environment.", Timeout: fixed(time.Hour),
		TypeInfo: definition.TypeInfo{
			Inputs: exactly(1), Outputs: exactly(0),
			Keys: []definition.Key{
				{Name: "ApplicationName", Required: true, Description: "application"},
				{Name: "EnvironmentName", Required: true, Description: "environment"},
			},
		},
	},
	{
		ID: aws("Deploy", "OpsWorks"), About: "Deploys an app to an OpsWorks stack.", Timeout: fixed(time.Hour),
		TypeInfo: definition.TypeInfo{
			Inputs: exactly(1), Outputs: exactly(0),
			Keys: []definition.Key{
				{Name: "Stack", Required: true, Description: "stack"},
				{Name: "App", Required: true, Description: "app"},
				{Name: "Layer", Description: "layer"},
			},
		},
	},
	{
		ID: aws("Deploy", "ServiceCatalog"), About: "Makes a version of a Service Catalog product.", Timeout: fixed(time.Hour),
		TypeInfo: definition.TypeInfo{
			Inputs: exactly(1), Outputs: exactly(0),
			Keys: []definition.Key{
				{Name: "ProductId", Required: true, Description: "product"},
				{Name: "TemplateFilePath", Description: "file of the template in the input"},
				{Name: "ProductVersionName", Description: "name of the version"},
				{Name: "ProductType", Description: "type of the product, such as CLOUD_FORMATION_TEMPLATE"},
				{Name: "ProductVersionDescription", Description: "description of the version"},
				{Name: "ConfigurationFilePath", Description: "file in the input that says all of this"},
			},
		},
		Either: [][]string{{"TemplateFilePath", "ProductVersionName", "ProductType"}, {"ConfigurationFilePath"}},
		Needs:  []Need{need(given("ProductVersionDescription"), "TemplateFilePath")},
	},
	{
		ID: aws("Deploy", "AppConfig"), About: "Deploys a configuration with AppConfig.", Timeout: fixed(time.Hour),
		TypeInfo: definition.TypeInfo{
			Inputs: exactly(1), Outputs: exactly(0),
			Keys: []definition.Key{
				{Name: "Application", Required: true, Description: "application"},
				{Name: "Environment", Required: true, Description: "environment"},
				{Name: "ConfigurationProfile", Required: true, Description: "configuration profile"},
				{Name: "InputArtifactConfigurationPath", Required: true, Description: "file of the configuration in the input"},
				{Name: "DeploymentStrategy", Description: "deployment strategy"},
			},
		},
	},
	{
		ID: thirdParty("Deploy", "AlexaSkillsKit"), About: "Deploys an Alexa skill.", Timeout: fixed(time.Hour),
		TypeInfo: definition.TypeInfo{
			Inputs: from(1, 2), Outputs: exactly(0),
			Keys: []definition.Key{
				{Name: "ClientId", Required: true, Description: "client of the security profile"},
				{Name: "ClientSecret", Required: true, Secret: true, Description: "its secret"},
				{Name: "RefreshToken", Required: true, Secret: true, Description: "refresh token"},
				{Name: "SkillId", Required: true, Description: "skill"},
			},
		},
	},
}
